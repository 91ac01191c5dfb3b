package hello

import (
	"context"
	"errors"
	"io"
	"net"
	"time"
)

// Ask sends a hello over a new connection, reads the answer to where the client
// would have to answer, takes leave with an alert and closes the connection.
//
// The error is one of the list at ErrClosed. Where the ServerHello could be read
// the answer is good for that much, also with an error, and Version is not 0. The
// end of the context ends it.
func Ask(ctx context.Context, conn net.Conn, h Hello, randomness io.Reader) (Answer, error) {
	defer func() { _ = conn.Close() }() // what was to be said was said
	record, err := h.Marshal(randomness)
	if err != nil {
		return Answer{}, err
	}
	past := time.Unix(1, 0)
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(past) })
	defer stop()
	if err := ctx.Err(); err != nil {
		return Answer{}, &endError{ErrSilent, err}
	}
	// A server may answer and close before it has read all: what it said counts.
	_, _ = conn.Write(record)
	a, err := read(conn)
	if a.Version != 0 {
		_, _ = conn.Write(goodbye(a.Version)) // for the manners
	}
	if end, ok := errors.AsType[*endError](err); ok && ctx.Err() != nil {
		err = &endError{end.sentinel, context.Cause(ctx)}
	}
	return a, err
}

// goodbye is user_canceled, which SSLv3 lacks, and close_notify (RFC 8446 section
// 6.1): the server need not take the end for an attack.
func goodbye(v Version) []byte {
	record := func(description byte) []byte {
		return []byte{recordAlert, 3, byte(min(v, TLS12)), 0, 2, 1, description}
	}
	if v == SSL30 {
		return record(alertCloseNotify)
	}
	return append(record(alertUserCanceled), record(alertCloseNotify)...)
}
