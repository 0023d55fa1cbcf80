// SPDX-License-Identifier: BSD-3-Clause

// Package timestamp asks a time stamp authority for time stamps (RFC 3161, updated by RFC 5816) and verifies those that
// signatures carry. It is no authority itself, and it decides over the certificate of one by document.Trust.
//
// A [Client] speaks to one authority, which its owner has chosen and configured: it follows no redirect. What it hands on
// was verified: granted, over the digest that was sent, with the nonce that was sent, of the policy that was asked for,
// signed by the certificate that the token names, which is for time stamps only, at a time not far from now.
//
// The library at hand accepts SHA-1, checks neither the certificate's purpose nor which certificate is named, and reads
// the message by a recursion without bounds; the little that is needed beside package cms is here.
package timestamp
