// SPDX-License-Identifier: EUPL-1.2

package words

// DocumentRefusal tells a citizen why a document is not signed, and what to do. The codes are those of package documents;
// with one that is not known something went wrong here.
func (w *Words) DocumentRefusal(code string) string {
	if s := w.signing("refusal-" + code); s != "" {
		return s
	}
	return w.T(SigningRefusalOrder, nil)
}

// DocumentNote tells what a citizen should know of a document before signing it. The notes are those of package documents;
// one that is not known gives nothing.
func (w *Words) DocumentNote(note string) string { return w.signing("note-" + note) }

// signing gives the text with a key of this room; empty where there is none.
func (w *Words) signing(key string) string {
	id := "signing." + key
	if s := w.T(Text(id), nil); s != id {
		return s
	}
	return ""
}
