package differ

// What people do with keytool, weighted by what the scripts do that can be found
// in public documentation.

// beginnings are the moves that a sequence can start with.
func beginnings() []move {
	return []move{
		{50, (*generator).genkeypair},
		{12, (*generator).importTrusted},
		{25, (*generator).fixtureStore},
		{5, (*generator).genseckey},
		{2, (*generator).importpass},
		{6, (*generator).show},
		{3, (*generator).help},
		{2, (*generator).home},
	}
}

func moves() []move {
	return []move{
		{14, (*generator).genkeypair},
		{14, (*generator).importTrusted},
		{18, (*generator).list},
		{8, (*generator).export},
		{11, (*generator).importkeystore},
		{4, (*generator).migrateInPlace},
		{6, (*generator).round},
		{4, (*generator).certreq},
		{3, (*generator).gencert},
		{6, (*generator).reply},
		{6, (*generator).remove},
		{5, (*generator).changealias},
		{4, (*generator).storepasswd},
		{3, (*generator).keypasswd},
		{2, (*generator).keyclone},
		{2, (*generator).selfcert},
		{4, (*generator).genseckey},
		{2, (*generator).importpass},
		{7, (*generator).show},
		{2, (*generator).gencrl},
		{3, (*generator).fixtureStore},
		{3, (*generator).signedPair},
		{2, (*generator).help},
		{1, (*generator).home},
		{1, (*generator).cacerts},
		{1, (*generator).bare},
		{2, (*generator).dialog},
	}
}
