package rules

import (
	"slices"
	"strings"

	"muxkey/internal/finding"
	"muxkey/policy/lint/syntax"
)

func objc() []Rule {
	yes := Literal("YES", "TRUE", "true", "1")
	no := Literal("NO", "FALSE", "false", "0")
	off := Any(no, Dotted("kCFBooleanFalse"), cfBoolean("NO", "kCFBooleanFalse"))
	on := Any(yes, Dotted("kCFBooleanTrue"), cfBoolean("YES", "kCFBooleanTrue"))
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-OBJC-001", Title: "Objective-C app takes any certificate", Severity: finding.High, CWE: 295,
				Why:        whyTrustAll,
				Fix:        "Let the system check, or check with SecTrustEvaluateWithError before the credential is used. A private CA reaches devices as a profile: `muxkey trust build ca.pem --target apple-mobileconfig -o ca.mobileconfig`.",
				References: []string{"https://developer.apple.com/documentation/foundation/performing-manual-server-trust-authentication", "https://developer.apple.com/documentation/cfnetwork/kcfstreamsslvalidatescertificatechain"},
			},
			Match: []*Match{
				Field(yes, "allowInvalidCertificates", "allowsInvalidSSLCertificate", "SR_SSLAllowSelfSignedCertificates").In("objc").Or("NO"),
				Field(no, "validatesSecureCertificate", "validatesCertificateChain").In("objc").Or("YES"),
				Sequence("setAllowInvalidCertificates setAllowsInvalidSSLCertificate", ":", "YES TRUE true 1").In("objc").Or("NO"),
				Sequence("setAllowsAnyHTTPSCertificate", ":", "YES TRUE true 1").In("objc"),
				Sequence("setValidatesSecureCertificate setValidatesCertificateChain", ":", "NO FALSE false 0").In("objc").Or("YES"),
				anyHTTPSCategory().In("objc"),
				Sequence("kCFStreamSSLValidatesCertificateChain", ":", "@NO @(NO) NO kCFBooleanFalse @false").In("objc"),
				Sequence("kCFStreamSSLAllowsAnyRoot", ":", "@YES @(YES) YES kCFBooleanTrue @true").In("objc"),
				cfStream(off, "kCFStreamSSLValidatesCertificateChain").In("objc", "c", "cpp", "swift"),
				cfStream(on, "kCFStreamSSLAllowsAnyRoot").In("objc", "c", "cpp", "swift"),
				Call([]string{"SSLSetEnableCertVerify"}, nil, no).In("objc", "c", "cpp"),
				Call([]string{"SSLSetAllowsAnyRoot"}, nil, yes).In("objc", "c", "cpp"),
				Call([]string{"completionHandler"}, Dotted("NSURLSessionAuthChallengeUseCredential"), Mentioning("credentialForTrust")).In("objc").Hinting("credentialfortrust").Without(trustChecks()...),
				Sequence("continueWithoutCredentialForAuthenticationChallenge", ":").In("objc").As(finding.Low, "Objective-C app may go on with a certificate that was not checked"),
			},
			Bad: []Example{
				{"Net.m", "void f(void) {\n    AFSecurityPolicy *policy = [AFSecurityPolicy defaultPolicy];\n    policy.allowInvalidCertificates = «YES»;\n    [policy setAllowInvalidCertificates:«YES»];\n}\n"},
				{"Net.m", "void f(void) {\n    [request setValidatesSecureCertificate:«NO»];\n    request.validatesSecureCertificate = «NO»;\n}\n"},
				{"Net.m", "void f(void) {\n    [NSURLRequest setAllowsAnyHTTPSCertificate:«YES» forHost:host];\n}\n"},
				{"Net.m", "@implementation NSURLRequest (Any)\n+ (BOOL)allowsAnyHTTPSCertificateForHost:(NSString *)host {\n    return «YES»;\n}\n@end\n"},
				{"Net.m", "void f(void) {\n    NSDictionary *s = @{ (id)kCFStreamSSLValidatesCertificateChain : @«NO» };\n    CFDictionarySetValue(d, kCFStreamSSLValidatesCertificateChain, «kCFBooleanFalse»);\n}\n"},
				{"Net.m", "void f(void) {\n    completionHandler(NSURLSessionAuthChallengeUseCredential, «[NSURLCredential credentialForTrust:challenge.protectionSpace.serverTrust]»);\n}\n"},
			},
			Good: []Example{
				{"Net.m", "void f(void) {\n    policy.allowInvalidCertificates = NO;\n    [policy setAllowInvalidCertificates:NO];\n    [request setValidatesSecureCertificate:YES];\n    // policy.allowInvalidCertificates = YES;\n    /* [NSURLRequest setAllowsAnyHTTPSCertificate:YES forHost:host]; */\n    NSLog(@\"allowInvalidCertificates = YES\");\n}\n"},
				{"Net.m", "void f(void) {\n    if (SecTrustEvaluateWithError(trust, nil)) {\n        completionHandler(NSURLSessionAuthChallengeUseCredential, [NSURLCredential credentialForTrust:trust]);\n    }\n}\n"},
				{"Net.h", "@interface Policy : NSObject\n@property (nonatomic, assign) BOOL allowInvalidCertificates;\n- (void)setAllowInvalidCertificates:(BOOL)allow;\n@end\n"},
				{"Net.m", "void f(void) {\n    NSDictionary *s = @{ (id)kCFStreamSSLValidatesCertificateChain : @YES };\n    BOOL ok = policy.allowInvalidCertificates == YES;\n}\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-OBJC-002", Title: "Objective-C app does not check the host name", Severity: finding.High, CWE: 297,
				Why:        whyHostName,
				Fix:        "Leave validatesDomainName at YES, and name the server by what stands in its certificate.",
				References: []string{"https://github.com/AFNetworking/AFNetworking#security-policy"},
			},
			Match: []*Match{
				Field(no, "validatesDomainName", "validatesCertificateDomain").In("objc").Or("YES"),
				Sequence("setValidatesDomainName", ":", "NO FALSE false 0").In("objc").Or("YES"),
			},
			Bad: []Example{
				{"Net.m", "void f(void) {\n    policy.validatesDomainName = «NO»;\n    [policy setValidatesDomainName:«NO»];\n}\n"},
			},
			Good: []Example{
				{"Net.m", "void f(void) {\n    policy.validatesDomainName = YES; // not NO\n    [policy setValidatesDomainName:YES];\n}\n"},
			},
		},
	}
}

// cfBoolean is @NO, @(NO), (id)kCFBooleanFalse, (__bridge id)kCFBooleanFalse.
func cfBoolean(names ...string) Is {
	return func(v syntax.Value) bool {
		text := strings.ReplaceAll(v.Text, " ", "")
		if i := strings.LastIndexByte(text, ')'); i >= 0 && i < len(text)-1 {
			text = text[i+1:] // behind a cast
		}
		return slices.Contains(names, strings.Trim(text, "@()"))
	}
}

// cfStream is a key of CFNetwork's stream settings with its value: in a literal,
// or given to a function that sets it.
func cfStream(is Is, key string) *Match {
	return &Match{Literals: []string{squeeze(key)}, Find: func(f *syntax.File, report func(Hit)) {
		seen := map[syntax.Span]bool{}
		once := func(at syntax.Span) {
			if !seen[at] {
				seen[at] = true
				report(Hit{Span: at})
			}
		}
		for i := range f.Settings {
			if s := &f.Settings[i]; s.Path[len(s.Path)-1] == key && is(s.Value) {
				once(s.Value.Span)
			}
		}
		for _, c := range f.Calls {
			for i, a := range c.Args {
				if !cfBoolean(key)(a.Value) {
					continue
				}
				if i+1 < len(c.Args) && is(c.Args[i+1].Value) {
					once(c.Args[i+1].Value.Span)
				}
			}
		}
	}}
}

// anyHTTPSCategory is the method by which a category of NSURLRequest says yes to
// every certificate.
func anyHTTPSCategory() *Match {
	return &Match{Literals: []string{"allowsanyhttpscertificateforhost"}, Find: func(f *syntax.File, report func(Hit)) {
		for i, t := range f.Tokens {
			if t.Text != "allowsAnyHTTPSCertificateForHost" {
				continue
			}
			for j := i; j < len(f.Tokens) && j < i+12 && f.Tokens[j].Text != ";"; j++ {
				if f.Tokens[j].Text != "{" {
					continue
				}
				if body := f.Tokens[j+1 : max(j+1, f.Tokens[j].Mate)]; len(body) >= 2 && body[0].Text == "return" && (body[1].Text == "YES" || body[1].Text == "true") {
					report(Hit{Span: body[1].Span})
				}
				break
			}
		}
	}}
}
