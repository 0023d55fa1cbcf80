# SPDX-License-Identifier: EUPL-1.2
"""Has pyHanko judge signed PDFs and detached CMS: see main.go.

Reads lines "file<TAB>content" and prints "file<TAB>pass|fail<TAB>why". Arguments: the certificate of the authority, and
the list of those that it revoked. Other files get no answer.
"""
import asyncio
import logging
import sys

from asn1crypto import cms, crl, pem, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import async_validate_detached_cms, async_validate_pdf_signature
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko_certvalidator import ValidationContext

# The certificate of a CNS is for authentication: it has digitalSignature, and must not have nonRepudiation.
USAGE = KeyUsageConstraints(key_usage={"digital_signature"})


def context():
    with open(sys.argv[1], "rb") as f:
        root = x509.Certificate.load(pem.unarmor(f.read())[2])
    with open(sys.argv[2], "rb") as f:
        revoked = crl.CertificateList.load(f.read())
    # "require": the list is there, and counts
    return ValidationContext(trust_roots=[root], crls=[revoked], allow_fetching=False, revocation_mode="require")


async def judge_pdf(name):
    with open(name, "rb") as f:
        signatures = PdfFileReader(f).embedded_signatures
        if not signatures:
            return False, "no signature"
        good, why = True, []
        for s in signatures:
            status = await async_validate_pdf_signature(
                s, signer_validation_context=context(), ts_validation_context=context(), key_usage_settings=USAGE)
            good = good and status.bottom_line
            why.append(status.summary())
        return good, " ".join(why)


async def judge_cms(name, content):
    with open(name, "rb") as f:
        signed = cms.ContentInfo.load(f.read())["content"]
    with open(content, "rb") as f:
        status = await async_validate_detached_cms(
            f, signed, signer_validation_context=context(), ts_validation_context=context(), key_usage_settings=USAGE)
    return status.bottom_line, status.summary()


async def judge(name, content):
    try:
        if name.endswith(".pdf"):
            return await judge_pdf(name)
        return await judge_cms(name, content)
    except Exception as e:  # whatever pyHanko says of a file that it does not accept
        return False, f"{type(e).__name__}: {e}"


def main():
    logging.disable()  # what it logs of a bad file is in its answer
    for line in sys.stdin:
        name, content = line.rstrip("\n").split("\t")
        if name.endswith((".pdf", ".p7s")):
            good, why = asyncio.run(judge(name, content))
            print(name, "pass" if good else "fail", " ".join(why.split()), sep="\t")


main()
