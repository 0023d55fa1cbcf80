// SPDX-License-Identifier: EUPL-1.2
// @ts-check

// Files that are dropped: into a field when they fall on it, and nowhere else. A browser would leave the page for them.

/** @param {EventTarget | null} target */
const fieldAt = (target) => (target instanceof Element ? target.closest("[data-drop]") : null);

addEventListener("dragover", (event) => {
  event.preventDefault();
  const field = fieldAt(event.target);
  for (const other of document.querySelectorAll("[data-drop]")) {
    other.classList.toggle("over", other === field);
  }
  if (event.dataTransfer !== null) {
    event.dataTransfer.dropEffect = field === null ? "none" : "copy";
  }
});

addEventListener("dragleave", (event) => {
  if (event.relatedTarget === null) {
    document.querySelector(".over")?.classList.remove("over");
  }
});

addEventListener("drop", (event) => {
  event.preventDefault();
  const field = fieldAt(event.target);
  field?.classList.remove("over");
  const input = field?.querySelector("input");
  const files = event.dataTransfer?.files;
  if (!input || files === undefined || files.length === 0) {
    return;
  }
  const taken = new DataTransfer();
  for (const file of input.multiple ? files : [...files].slice(0, 1)) {
    taken.items.add(file);
  }
  input.files = taken.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
});
