// SPDX-License-Identifier: BSD-3-Clause

// Package canon reads XML as a tree and writes it in canonical form (W3C Canonical XML 1.0 and 1.1, Exclusive XML
// Canonicalization 1.0): the bytes that signatures of XML are computed over. It knows no signature and no schema, and
// follows no reference.
//
// The libraries at hand copy the tree at each level, write no processing instruction outside of the root, and read an
// attribute with a line break in it otherwise than the XML recommendation asks (3.3.3), so that what they sign is refused
// elsewhere. Here the tree is made once, from encoding/xml, and written as a stream.
//
// A document type declaration is refused, and with it every entity that is not of XML itself. So is what one parser may
// read otherwise than another: an attribute twice, a prefix that is declared nowhere, another encoding than UTF-8.
package canon
