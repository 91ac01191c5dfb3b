GO        ?= go
PREFIX    ?= /usr/local
FUZZTIME  ?= 10s
TOOLS     := .cache/tools
# Runs the tests, and names at the end each one that was skipped, with its reason.
TESTSUM    = $(TOOLS)/gotestsum --format pkgname --

# Without a working git the version in the binary is "(devel)".
BUILDVCS  := $(shell git rev-parse HEAD >/dev/null 2>&1 && echo true || echo false)

# Programs and Java libraries that the tests meet, each with the Debian package
# that has it.
PEERS := keytool:default-jdk-headless openssl:openssl certtool:gnutls-bin \
	certutil:libnss3-tools pk12util:libnss3-tools java:default-jdk-headless \
	javac:default-jdk-headless curl:curl nginx:nginx-light node:nodejs groff:groff gcc:gcc bcprov:libbcprov-java \
	ssh-keygen:openssh-client kubectl:kubernetes-client softhsm2-util:softhsm2 pkcs11-tool:opensc tomcat10-catalina:tomcat10-common \
	aiosmtpd:python3-aiosmtpd chromium:chromium sqlite3:sqlite3 jlink:default-jdk-headless \
	rg:ripgrep trust:p11-kit p11tool:gnutls-bin cert-to-efi-sig-list:efitools \
	wget:wget git:git python3:python3 ruby:ruby php:php-cli firefox-esr:firefox-esr \
	update-ca-certificates:ca-certificates unshare:util-linux tstclnt:libnss3-tools selfserv:libnss3-tools gnutls-serv:gnutls-bin plistutil:libplist-utils aapt:aapt skopeo:skopeo pre-commit:pre-commit \
	stunnel:stunnel4 slapd:slapd microsocks:microsocks ssh:openssh-client danted:dante-server tinyproxy:tinyproxy \
	promtool:prometheus systemd-analyze:systemd icalendar:python3-icalendar junitparser:python3-junitparser \
	prometheus_client:python3-prometheus-client Monitoring/Plugin:libmonitoring-plugin-perl

.PHONY: help build build-pkcs11 cross test race peers interop keytool-diff bench fuzz docs lint tools vuln install clean

help: ## show what there is to make
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s  %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# In these packages little runs often and much is written out: inlining the
# constructors of rules, flags and targets into their lists makes the program 2 MB
# larger and nothing faster.
LEAN := $(foreach p,muxkey/policy/lint/rules muxkey/cmd muxkey/trust/target,-gcflags=$(p)=-l)

# TAGS=awskms adds keys in AWS KMS; docs/hardware-keys.md says what it costs.
build: ## build bin/muxkey, one static binary, and bin/keytool, its front end alone
	CGO_ENABLED=0 $(GO) build -tags '$(TAGS)' -buildvcs=$(BUILDVCS) -trimpath -ldflags '-s -w' $(LEAN) -o bin/ ./cmd/muxkey ./cmd/keytool

# A PKCS#11 module is a C library, so this binary is neither static nor without
# cgo. Names are looked up as the plain one does.
PKCS11TAGS := pkcs11,netgo,osusergo

build-pkcs11: ## build bin/muxkey for keys in tokens too; needs a C compiler
	CGO_ENABLED=1 $(GO) build -tags $(PKCS11TAGS) -buildvcs=$(BUILDVCS) -trimpath -ldflags '-s -w' $(LEAN) -o bin/muxkey ./cmd/muxkey

cross: ## see that the programs build for other systems
	GOOS=windows CGO_ENABLED=0 $(GO) build ./cmd/...
	GOOS=darwin CGO_ENABLED=0 $(GO) build ./cmd/...

test: ## run all tests but those that meet other programs, which interop runs
	$(GO) test -short ./...

race: peers ## run the tests of what works in parallel under the race detector
	CGO_ENABLED=1 $(GO) test -race -short ./inventory ./policy/lint ./policy/check ./probe/... ./internal/dial ./pkcs12x ./internal/safefile ./internal/secret
	CGO_ENABLED=1 $(GO) test -race -run '^TestConformance$$/./^concurrency$$' ./keystore

peers:
	@packages=; for peer in $(PEERS); do \
		command -v "$${peer%%:*}" >/dev/null || [ -e "/usr/share/java/$${peer%%:*}.jar" ] || \
			[ -e "/usr/lib/python3/dist-packages/$${peer%%:*}" ] || [ -e "/usr/share/perl5/$${peer%%:*}" ] || packages="$$packages $${peer#*:}"; \
	done; \
	if [ -z "$$packages" ]; then exit 0; fi; \
	if command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
		apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $$packages; \
	else \
		echo "not installed, and only root can do it:$$packages" >&2; \
	fi

# With the tag, the program of the stories can use tokens; it is the plain one in all else.
interop: peers tools ## install the programs that the tests meet, and run all tests with none skipped
	MUXKEY_INTEROP=require CGO_ENABLED=1 $(TESTSUM) -timeout 30m -tags $(PKCS11TAGS) -count=1 ./...
	$(GO) test -tags awskms -count=1 ./internal/signer
	CGO_ENABLED=1 $(TOOLS)/golangci-lint run --build-tags $(PKCS11TAGS) ./internal/signer/...

# SEED makes other sequences.
keytool-diff: build ## run N sequences of calls beside the keytools that are installed
	$(GO) test ./internal/keytool/differ -count=1 -timeout 0 -run TestDifferential -v -sequences $(or $(N),2000) -seed $(or $(SEED),1) -binary $(CURDIR)/bin/muxkey -scripts $(CURDIR)/bin/keytool-diff

bench: build peers ## measure muxkey beside keytool, openssl and rg
	$(GO) run ./internal/bench -muxkey bin/muxkey

fuzz: ## run each fuzz target for FUZZTIME, and many mutants of the fixtures
	$(GO) test -count=1 -run Mutants ./keystore -mutants 500
	@grep -rl --include='*_test.go' '^func Fuzz' . | xargs -r -n1 dirname | sort -u | while read -r dir; do \
		for target in $$(grep -h '^func Fuzz' "$$dir"/*_test.go | sed 's/^func \(Fuzz[A-Za-z0-9_]*\).*/\1/'); do \
			$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) "$$dir" || exit 1; \
		done; \
	done

docs: ## write the generated part of docs/, and what the README shows
	$(GO) test -count=1 ./internal/gendocs -update
	$(GO) test -count=1 ./cmd/muxkey -run '^TestREADME$$' -update

tools: $(TOOLS)/built

# Built from the module proxy at the versions that tools/go.mod pins.
$(TOOLS)/built: tools/go.mod tools/go.sum
	$(GO) -C tools build -o ../$(TOOLS)/ tool
	@touch $@

lint: tools ## check format, modules and the rules of .golangci.yml
	@unformatted=$$($(TOOLS)/gofumpt -l . && gofmt -l $$(git ls-files '*.go')) && [ -z "$$unformatted" ] || { echo "not formatted with gofumpt and gofmt:"; echo "$$unformatted"; exit 1; }
	$(GO) mod verify
	$(GO) mod tidy -diff
	$(GO) vet ./...
	$(TOOLS)/golangci-lint run ./...

# govulncheck asks a database on the network. Where that cannot be reached
# nothing is known, which is not the same as good, and is said.
vuln: tools ## look for known weaknesses in what is imported
	@output=$$($(TOOLS)/govulncheck ./... 2>&1); status=$$?; echo "$$output"; \
	case "$$status:$$output" in \
		0:*) ;; \
		*"fetching vulnerabilities"*) echo "the database cannot be reached: NOT CHECKED for known weaknesses" ;; \
		*) exit 1 ;; \
	esac

install: build ## install the binary, man pages and completions below PREFIX
	install -D -m 755 bin/muxkey $(DESTDIR)$(PREFIX)/bin/muxkey
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/man/man1 docs/man/*.1
	install -D -m 644 docs/completion/muxkey.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/muxkey
	install -D -m 644 docs/completion/_muxkey $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_muxkey
	install -D -m 644 docs/completion/muxkey.fish $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/muxkey.fish

clean: ## remove what was built
	rm -rf bin $(TOOLS)
