// SPDX-License-Identifier: BSD-3-Clause

// Package cms reads and writes the SignedData of the Cryptographic Message Syntax (RFC 5652), the part of it that
// signatures of documents and time stamps need. It decides over no certificate, knows no baseline level and makes no
// signature: package cades does the first two, a card the third.
//
// The libraries at hand sign with a key that they hold, copy the content several times over and read BER by a recursion
// without bounds. Here the content is written as a stream, what is read points into what was given, and every part of
// another signer keeps its bytes.
package cms
