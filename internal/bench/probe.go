package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// The size and target of muxkey probe.
const (
	probeServers  = 1000
	probeAtOnce   = 32  // as many as muxkey probe looks at by default
	probeRatio    = 1.5 // of the time of the handshakes alone
	probeRepeated = 3   // the best counts: the servers take their part of the machine
)

// gateProbe looks at servers on loopback, and beside that makes a handshake with
// each, as a client that verifies the certificate and does nothing else.
func gateProbe(ctx context.Context, table io.Writer, ca *authority, binary, dir string) (missed []string, err error) {
	dir = filepath.Join(dir, "probe")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), nil)
	if err != nil {
		return nil, err
	}
	der, err := ca.server("mux.example.com", 1, key)
	if err != nil {
		return nil, err
	}
	config := &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS12}
	var list bytes.Buffer
	var addresses []string
	for range probeServers {
		l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer func() { _ = l.Close() }()
		go answerTLS(l, config)
		addresses = append(addresses, l.Addr().String())
		fmt.Fprintln(&list, l.Addr())
	}
	servers, anchors := filepath.Join(dir, "servers.txt"), filepath.Join(dir, "ca.pem")
	if err := errors.Join(os.WriteFile(servers, list.Bytes(), 0o600), os.WriteFile(anchors, pemOf(ca.certificate.Raw), 0o600)); err != nil {
		return nil, err
	}
	var ours used
	var peer time.Duration
	for i := range probeRepeated {
		u, err := spend(ctx, nil, binary, "probe", "--servers", servers, "--host", "mux.example.com", "--trust", anchors)
		if err != nil {
			return nil, err
		}
		bare, err := shakeAll(ctx, addresses, ca)
		if err != nil {
			return nil, err
		}
		if i == 0 || u.wall < ours.wall {
			ours = u
		}
		if i == 0 || bare < peer {
			peer = bare
		}
	}
	ratio := ours.wall.Seconds() / peer.Seconds()
	target := fmt.Sprintf("%.1fx", probeRatio)
	if ratio > probeRatio {
		target += " MISSED"
		missed = append(missed, "probe of many servers")
	}
	_, err = fmt.Fprintf(table, "%d servers on loopback, probed\t%s\t%s\t%.0f\t%d MiB\t\t%.2fx the handshakes alone\t%s\n",
		probeServers, ms(ours.wall), ms(ours.cpu), probeServers/ours.wall.Seconds(), ours.rss>>20, ratio, target)
	return missed, err
}

// answerTLS makes handshakes until the listener is closed.
func answerTLS(l net.Listener, config *tls.Config) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer func() { _ = c.Close() }()
			_, _ = io.Copy(io.Discard, tls.Server(c, config))
		}()
	}
}

// shakeAll makes a handshake with each server.
func shakeAll(ctx context.Context, addresses []string, ca *authority) (time.Duration, error) {
	roots := x509.NewCertPool()
	roots.AddCert(ca.certificate)
	dialer := &tls.Dialer{Config: &tls.Config{ServerName: "mux.example.com", RootCAs: roots, MinVersion: tls.VersionTLS12}}
	next := make(chan string)
	failed := make(chan error, probeServers)
	var wg sync.WaitGroup
	start := time.Now()
	for range probeAtOnce {
		wg.Go(func() {
			for address := range next {
				c, err := dialer.DialContext(ctx, "tcp", address)
				if err != nil {
					failed <- err
					continue
				}
				_ = c.Close()
			}
		})
	}
	for _, a := range addresses {
		next <- a
	}
	close(next)
	wg.Wait()
	took := time.Since(start)
	close(failed)
	return took, <-failed
}
