# SPDX-License-Identifier: EUPL-1.2
"""Signs a PDF with pyHanko five times and prints how many ms each took, the program's own start left out.

Arguments: the PDF, the signed one, the key and the certificate as PEM.
"""
import sys
import time

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers

source, target, key, certificate = sys.argv[1:]
signer = signers.SimpleSigner.load(key, certificate)
for _ in range(5):
    start = time.process_time()
    with open(source, "rb") as f, open(target, "wb") as out:
        signers.sign_pdf(IncrementalPdfFileWriter(f), signers.PdfSignatureMetadata(field_name="Signature"), signer, output=out)
    print((time.process_time() - start) * 1000)
