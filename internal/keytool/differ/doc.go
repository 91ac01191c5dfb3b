// Package differ holds the keytool front end against OpenJDK's keytool: it makes
// sequences of calls such as scripts have them, runs each with both, and compares
// exit status, output and the files left behind after every step. At the end each
// tool lists the other's stores. It is for tests alone.
//
// What is random or of the moment is compared as pairs ([Comparer]); nothing else
// may differ.
package differ
