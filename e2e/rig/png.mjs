// SPDX-License-Identifier: EUPL-1.2
// @ts-check

// Makes a PNG of Xvfb's memory file, which is an XWD dump (X11/XWDFile.h): a header of 32-bit numbers, colours, pixels.

import { deflateSync, crc32 } from "node:zlib";

/** @param {Buffer} xwd with 32 bits for a pixel, blue first */
export function png(xwd) {
  const [headerSize = 0, , , , width = 0, height = 0] = numbers(xwd, 0, 6);
  const [bytesPerLine = 0] = numbers(xwd, 12, 1);
  const [colours = 0] = numbers(xwd, 19, 1);
  const pixels = xwd.subarray(headerSize + 12 * colours);
  const rows = Buffer.alloc(height * (1 + 3 * width)); // each row begins with the filter 0: none
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = y * bytesPerLine + 4 * x;
      const to = y * (1 + 3 * width) + 1 + 3 * x;
      rows[to] = pixels[from + 2] ?? 0;
      rows[to + 1] = pixels[from + 1] ?? 0;
      rows[to + 2] = pixels[from] ?? 0;
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2], 8); // 8 bits of red, green, blue
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), chunk("IHDR", header), chunk("IDAT", deflateSync(rows)), chunk("IEND", Buffer.alloc(0)),
  ]);
}

/** @param {Buffer} b @param {number} first @param {number} count */
function numbers(b, first, count) {
  return Array.from({ length: count }, (_, i) => b.readUInt32BE(4 * (first + i)));
}

/** @param {string} type @param {Buffer} data */
function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const frame = Buffer.alloc(8 + body.length);
  frame.writeUInt32BE(data.length, 0);
  frame.set(body, 4);
  frame.writeUInt32BE(crc32(body), 4 + body.length);
  return frame;
}
