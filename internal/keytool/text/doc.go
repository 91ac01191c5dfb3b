// Package text prints certificates, requests and CRLs as keytool does, and judges
// their algorithms as it does.
//
// What it prints must first be read as the JDK reads it: a certificate that the
// JDK refuses is refused here, with its exception, and an extension that it cannot
// read is printed as such. [ParseCertificate], [ParseRequest] and [ParseCRL] do
// that; they are no judges of anything but the form.
package text
