// Package environment knows by which variables and settings programs are told what
// to trust, and which of them wins.
//
// Programs is the table: of each program its sources in their order. Look says what
// is set on this machine and what of it counts. Variables and Forms write a bundle
// down for shells, services and containers.
package environment
