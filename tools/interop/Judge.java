// SPDX-License-Identifier: EUPL-1.2

import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.StringJoiner;

import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.simplereport.SimpleReport;
import eu.europa.esig.dss.enumerations.Indication;
import eu.europa.esig.dss.spi.DSSUtils;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.spi.x509.CommonTrustedCertificateSource;
import eu.europa.esig.dss.spi.x509.revocation.crl.ExternalResourcesCRLSource;
import eu.europa.esig.dss.validation.SignedDocumentValidator;

/**
 * Has EU DSS judge signed documents, by its own default policy: see main.go. Reads lines "file TAB content" and prints
 * "file TAB pass|fail TAB why". Arguments: the certificate of the authority, and the list of those that it revoked.
 */
public class Judge {
    public static void main(String[] arguments) throws Exception {
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line; (line = in.readLine()) != null;) {
            String[] names = line.split("\t", -1);
            System.out.println(names[0] + "\t" + judge(names[0], names[1], arguments[0], arguments[1]));
        }
    }

    static String judge(String file, String content, String authority, String revoked) throws Exception {
        try {
            var trusted = new CommonTrustedCertificateSource();
            try (var certificate = new FileInputStream(authority)) {
                trusted.addCertificate(DSSUtils.loadCertificate(certificate));
            }
            var verifier = new CommonCertificateVerifier();
            verifier.setTrustedCertSources(trusted);
            try (var list = new FileInputStream(revoked)) {
                verifier.setCrlSource(new ExternalResourcesCRLSource(list));
            }
            var validator = SignedDocumentValidator.fromDocument(new FileDocument(file));
            validator.setCertificateVerifier(verifier);
            if (!content.isEmpty()) {
                validator.setDetachedContents(List.of(new FileDocument(content)));
            }
            return verdict(validator.validateDocument().getSimpleReport());
        } catch (RuntimeException e) { // whatever DSS says of a file that it does not accept
            return "fail\t" + String.valueOf(e.getMessage()).replaceAll("\\s+", " ");
        }
    }

    static String verdict(SimpleReport report) {
        var why = new StringJoiner(" ");
        boolean good = report.getSignaturesCount() > 0;
        for (String id : report.getSignatureIdList()) {
            good &= report.getIndication(id) == Indication.TOTAL_PASSED;
            why.add(report.getSignatureFormat(id).toString());
            if (report.getSubIndication(id) != null) {
                why.add(report.getSubIndication(id).toString());
            }
        }
        return (good ? "pass" : "fail") + "\t" + why;
    }
}
