package certlint_test

import (
	"encoding/pem"
	"fmt"
	"os"

	"muxkey/policy/check/certlint"
)

func ExampleLinter_Lint() {
	text, err := os.ReadFile("../../../testdata/root.pem")
	if err != nil {
		panic(err)
	}
	l, err := certlint.New("RFC5280", "CABF_BR")
	if err != nil {
		panic(err)
	}
	block, _ := pem.Decode(text)
	found, err := l.Lint(block.Bytes)
	if err != nil {
		panic(err)
	}
	for _, r := range found {
		fmt.Println(r.Status, r.Source, r.Lint)
	}
	// Output:
	// error CABF_BR e_ca_country_name_missing
	// error CABF_BR e_cabf_ecc_allowed_key_usages
	// notice CABF_BR n_ca_digital_signature_not_set
	// warn CABF_BR w_root_ca_basic_constraints_path_len_constraint_field_present
}
