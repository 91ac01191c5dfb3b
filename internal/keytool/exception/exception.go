// Package exception has errors that read as Java's exceptions do.
//
// What keytool says of a failure is the class of an exception and its message,
// and scripts look for both. An [Exception] carries them through packages that
// wrap errors in the usual way.
package exception

import "errors"

// Exception is a failure as Java would name it.
type Exception struct {
	// Class is the full name of the class: "java.io.IOException".
	Class string
	// Message may be empty.
	Message string
	// Err is what was behind it here; often nil. It is not printed.
	Err error
}

// The classes that several packages need.
const (
	Plain                = "java.lang.Exception"
	IO                   = "java.io.IOException"
	EOF                  = "java.io.EOFException"
	IllegalArgument      = "java.lang.IllegalArgumentException"
	NullPointer          = "java.lang.NullPointerException"
	Runtime              = "java.lang.RuntimeException"
	UnsupportedOperation = "java.lang.UnsupportedOperationException"
	FileNotFound         = "java.io.FileNotFoundException"
	MalformedURL         = "java.net.MalformedURLException"
	URISyntax            = "java.net.URISyntaxException"
	UnknownHost          = "java.net.UnknownHostException"
	Connect              = "java.net.ConnectException"
	Security             = "java.lang.SecurityException"
	Zip                  = "java.util.zip.ZipException"
	NoSuchFile           = "java.nio.file.NoSuchFileException"
	KeyStore             = "java.security.KeyStoreException"
	NoSuchAlgorithm      = "java.security.NoSuchAlgorithmException"
	UnrecoverableKey     = "java.security.UnrecoverableKeyException"
	InvalidKey           = "java.security.InvalidKeyException"
	Certificate          = "java.security.cert.CertificateException"
	CertificateParsing   = "java.security.cert.CertificateParsingException"
	CRL                  = "java.security.cert.CRLException"
	Signature            = "java.security.SignatureException"
	NumberFormat         = "java.lang.NumberFormatException"
	ArrayIndex           = "java.lang.ArrayIndexOutOfBoundsException"
)

// New returns an exception.
func New(class, message string) *Exception { return &Exception{Class: class, Message: message} }

// Wrap returns an exception for an error of ours, under the message that Java
// has for it.
func Wrap(class, message string, err error) *Exception {
	return &Exception{Class: class, Message: message, Err: err}
}

// Error is what Java's Throwable.toString gives: class, colon and message, or the
// class alone.
func (e *Exception) Error() string {
	if e.Message == "" {
		return e.Class
	}
	return e.Class + ": " + e.Message
}

// Unwrap returns Err.
func (e *Exception) Unwrap() error { return e.Err }

// Of returns the exception in a chain of errors. What is none becomes one of the
// class Plain with the error's own text.
func Of(err error) *Exception {
	if e, ok := errors.AsType[*Exception](err); ok {
		return e
	}
	return Wrap(Plain, err.Error(), err)
}
