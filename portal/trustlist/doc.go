// SPDX-License-Identifier: BSD-3-Clause

// Package trustlist reads the national trusted list (ETSI TS 119 612) and takes from it the authorities that issue CNS
// cards: for Italy the file TSL-IT.xml. It does not follow the European list of lists: the certificates of those who sign
// the national list are configured.
//
// Three kinds of services are kept apart: IdV that are recognised at national level now (List.Authorities, the only ones
// for a login), and CA/QC and TSA/QTST that are granted now (List.Qualified and List.Time, for signed documents). It is
// not a validator of qualified signatures: it keeps no history, so that a document of an authority that has ended since
// is not taken; and of the qualifications of a service (TS 119 612, 5.5.9.2) none is read.
//
// # What Parse refuses
//
//   - more than 20 MB, more than 64 levels or 400,000 elements or attributes, what is not UTF-8, a DOCTYPE, entities
//     other than those of XML itself: ErrTooLarge, ErrFormat;
//   - a list without exactly one signature, as a child of the root: ErrUnsigned;
//   - a signature that was not made by one of Options.Signers (compared whole: the certificate inside the list is
//     never trusted by itself), does not cover the root element (by its Id, or by the empty URI), or uses SHA-1; and
//     the certificate of the signer out of its own dates: ErrSignature;
//   - another territory than that of the options: ErrTerritory;
//   - a list that is past its nextUpdate, or has none: ErrExpired;
//   - a list in which no authority is left: ErrEmpty.
//
// After the signature is checked nothing is read but the very bytes that it covers. A [Store] refuses, besides, a list
// that is older than the one it has: ErrOlder.
//
// # What is left out
//
// Services of other types, or whose current status is another, also when it was the right one before. Certificates that
// crypto/x509 cannot read, that are not of an authority (as those that some services for time stamps are listed with), or
// that have expired: none of them can vouch for another. List.Skipped counts them. The same certificate in two services
// of a kind is taken once.
package trustlist
