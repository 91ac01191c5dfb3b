package text

// Names of time zones that are not those of tzdata. They were read out of JDK 17
// and 25, for standard time and daylight saving time.

// ownZoneName is for the JDKs that have names of their own: all before 23.
func ownZoneName(zone string) (standard, daylight string, ok bool) {
	switch zone {
	case "America/Eirunepe", "America/Porto_Acre", "America/Rio_Branco", "Brazil/Acre":
		return "ACT", "ACT", true
	case "Australia/Eucla":
		return "ACWST", "ACWST", true
	case "Asia/Kabul":
		return "AFT", "AFT", true
	case "Asia/Almaty":
		return "ALMT", "ALMT", true
	case "America/Boa_Vista", "America/Campo_Grande", "America/Cuiaba", "America/Manaus", "America/Porto_Velho", "Asia/Yerevan", "Brazil/West":
		return "AMT", "AMT", true
	case "Asia/Anadyr":
		return "ANAT", "ANAT", true
	case "Asia/Aqtau", "Asia/Aqtobe":
		return "AQTT", "AQTT", true
	case "America/Argentina/Buenos_Aires", "America/Argentina/Catamarca", "America/Argentina/ComodRivadavia", "America/Argentina/Cordoba", "America/Argentina/Jujuy", "America/Argentina/La_Rioja", "America/Argentina/Mendoza", "America/Argentina/Rio_Gallegos", "America/Argentina/Salta", "America/Argentina/San_Juan", "America/Argentina/San_Luis", "America/Argentina/Tucuman", "America/Argentina/Ushuaia", "America/Buenos_Aires", "America/Catamarca", "America/Cordoba", "America/Jujuy", "America/Mendoza", "America/Rosario":
		return "ART", "ART", true
	case "Asia/Aden", "Asia/Baghdad", "Asia/Bahrain", "Asia/Kuwait", "Asia/Qatar", "Asia/Riyadh":
		return "AST", "AST", true
	case "Antarctica/Casey":
		return "AWST", "AWST", true
	case "Atlantic/Azores":
		return "AZOT", "AZOST", true
	case "Asia/Baku":
		return "AZT", "AZT", true
	case "Asia/Dacca", "Asia/Dhaka":
		return "BDT", "BDT", true
	case "Asia/Brunei":
		return "BNT", "BNT", true
	case "America/La_Paz":
		return "BOT", "BOT", true
	case "America/Araguaina", "America/Bahia", "America/Belem", "America/Fortaleza", "America/Maceio", "America/Recife", "America/Santarem", "America/Sao_Paulo", "Brazil/East":
		return "BRT", "BRT", true
	case "Pacific/Bougainville":
		return "BST", "BST", true
	case "Asia/Thimbu", "Asia/Thimphu":
		return "BTT", "BTT", true
	case "Indian/Cocos":
		return "CCT", "CCT", true
	case "NZ-CHAT", "Pacific/Chatham":
		return "CHAST", "CHADT", true
	case "Asia/Choibalsan":
		return "CHOT", "CHOT", true
	case "Pacific/Chuuk", "Pacific/Truk", "Pacific/Yap":
		return "CHUT", "CHUT", true
	case "Pacific/Rarotonga":
		return "CKT", "CKT", true
	case "Antarctica/Palmer":
		return "CLT", "CLT", true
	case "America/Santiago", "Chile/Continental":
		return "CLT", "CLST", true
	case "America/Bogota":
		return "COT", "COT", true
	case "Atlantic/Cape_Verde":
		return "CVT", "CVT", true
	case "Indian/Christmas":
		return "CXT", "CXT", true
	case "Antarctica/Davis":
		return "DAVT", "DAVT", true
	case "Antarctica/DumontDUrville":
		return "DDUT", "DDUT", true
	case "Chile/EasterIsland", "Pacific/Easter":
		return "EAST", "EASST", true
	case "America/Guayaquil":
		return "ECT", "ECT", true
	case "Asia/Amman", "Asia/Damascus":
		return "EET", "EET", true
	case "America/Scoresbysund":
		return "EGT", "EGST", true
	case "Pacific/Fiji":
		return "FJT", "FJT", true
	case "Atlantic/Stanley":
		return "FKT", "FKT", true
	case "America/Noronha", "Brazil/DeNoronha":
		return "FNT", "FNT", true
	case "Pacific/Galapagos":
		return "GALT", "GALT", true
	case "Pacific/Gambier":
		return "GAMT", "GAMT", true
	case "Asia/Tbilisi":
		return "GET", "GET", true
	case "America/Cayenne":
		return "GFT", "GFT", true
	case "Pacific/Tarawa":
		return "GILT", "GILT", true
	case "Antarctica/Troll":
		return "GMT", "CEST", true
	case "Eire", "Europe/Dublin":
		return "GMT", "IST", true
	case "Asia/Dubai", "Asia/Muscat", "Atlantic/South_Georgia":
		return "GST", "GST", true
	case "America/Guyana":
		return "GYT", "GYT", true
	case "Pacific/Johnston":
		return "HAST", "HAST", true
	case "America/Adak", "America/Atka", "US/Aleutian":
		return "HAST", "HADT", true
	case "Asia/Hovd":
		return "HOVT", "HOVT", true
	case "Asia/Bangkok", "Asia/Ho_Chi_Minh", "Asia/Phnom_Penh", "Asia/Saigon", "Asia/Vientiane":
		return "ICT", "ICT", true
	case "Indian/Chagos":
		return "IOT", "IOT", true
	case "Asia/Irkutsk":
		return "IRKT", "IRKT", true
	case "Asia/Tehran", "Iran":
		return "IRST", "IRST", true
	case "Asia/Colombo":
		return "IST", "IST", true
	case "Asia/Bishkek":
		return "KGT", "KGT", true
	case "Pacific/Kosrae":
		return "KOST", "KOST", true
	case "Asia/Krasnoyarsk", "Asia/Novokuznetsk":
		return "KRAT", "KRAT", true
	case "Australia/LHI", "Australia/Lord_Howe":
		return "LHST", "LHDT", true
	case "Pacific/Kiritimati":
		return "LINT", "LINT", true
	case "Asia/Magadan":
		return "MAGT", "MAGT", true
	case "Pacific/Marquesas":
		return "MART", "MART", true
	case "Antarctica/Mawson":
		return "MAWT", "MAWT", true
	case "Kwajalein", "Pacific/Kwajalein", "Pacific/Majuro":
		return "MHT", "MHT", true
	case "Asia/Rangoon", "Asia/Yangon":
		return "MMT", "MMT", true
	case "Europe/Minsk":
		return "MSK", "MSK", true
	case "Indian/Mauritius":
		return "MUT", "MUT", true
	case "Indian/Maldives":
		return "MVT", "MVT", true
	case "Asia/Kuala_Lumpur", "Asia/Kuching":
		return "MYT", "MYT", true
	case "Pacific/Noumea":
		return "NCT", "NCT", true
	case "Pacific/Norfolk":
		return "NFT", "NFST", true
	case "Asia/Novosibirsk":
		return "NOVT", "NOVT", true
	case "Asia/Kathmandu", "Asia/Katmandu":
		return "NPT", "NPT", true
	case "Pacific/Nauru":
		return "NRT", "NRT", true
	case "Pacific/Niue":
		return "NUT", "NUT", true
	case "Asia/Omsk":
		return "OMST", "OMST", true
	case "Asia/Oral":
		return "ORAT", "ORAT", true
	case "America/Lima":
		return "PET", "PET", true
	case "Asia/Kamchatka":
		return "PETT", "PETT", true
	case "Pacific/Port_Moresby":
		return "PGT", "PGT", true
	case "Pacific/Enderbury":
		return "PHOT", "PHOT", true
	case "America/Miquelon":
		return "PMST", "PMDT", true
	case "Pacific/Pohnpei", "Pacific/Ponape":
		return "PONT", "PONT", true
	case "Pacific/Pitcairn":
		return "PST", "PST", true
	case "Pacific/Palau":
		return "PWT", "PWT", true
	case "America/Asuncion":
		return "PYT", "PYST", true
	case "Asia/Qostanay":
		return "QOST", "QOST", true
	case "Asia/Qyzylorda":
		return "QYZT", "QYZT", true
	case "Indian/Reunion":
		return "RET", "RET", true
	case "Antarctica/Rothera":
		return "ROTT", "ROTT", true
	case "Asia/Sakhalin":
		return "SAKT", "SAKT", true
	case "Europe/Samara":
		return "SAMT", "SAMT", true
	case "Pacific/Guadalcanal":
		return "SBT", "SBT", true
	case "Indian/Mahe":
		return "SCT", "SCT", true
	case "Asia/Singapore", "Singapore":
		return "SGT", "SGT", true
	case "Asia/Srednekolymsk":
		return "SRET", "SRET", true
	case "America/Paramaribo":
		return "SRT", "SRT", true
	case "Antarctica/Syowa":
		return "SYOT", "SYOT", true
	case "Pacific/Tahiti":
		return "TAHT", "TAHT", true
	case "Indian/Kerguelen":
		return "TFT", "TFT", true
	case "Asia/Dushanbe":
		return "TJT", "TJT", true
	case "Pacific/Fakaofo":
		return "TKT", "TKT", true
	case "Asia/Dili":
		return "TLT", "TLT", true
	case "Asia/Ashgabat", "Asia/Ashkhabad":
		return "TMT", "TMT", true
	case "Pacific/Tongatapu":
		return "TOT", "TOT", true
	case "Asia/Istanbul", "Europe/Istanbul", "Turkey":
		return "TRT", "TRT", true
	case "Pacific/Funafuti":
		return "TVT", "TVT", true
	case "Asia/Ulaanbaatar", "Asia/Ulan_Bator":
		return "ULAT", "ULAT", true
	case "America/Montevideo":
		return "UYT", "UYT", true
	case "Asia/Samarkand", "Asia/Tashkent":
		return "UZT", "UZT", true
	case "America/Caracas":
		return "VET", "VET", true
	case "Asia/Ust-Nera", "Asia/Vladivostok":
		return "VLAT", "VLAT", true
	case "Antarctica/Vostok":
		return "VOST", "VOST", true
	case "Pacific/Efate":
		return "VUT", "VUT", true
	case "Pacific/Wake":
		return "WAKT", "WAKT", true
	case "Africa/Casablanca", "Africa/El_Aaiun":
		return "WET", "WEST", true
	case "Pacific/Wallis":
		return "WFT", "WFT", true
	case "America/Godthab", "America/Nuuk":
		return "WGT", "WGST", true
	case "Pacific/Apia":
		return "WSST", "WSST", true
	case "Asia/Kashgar", "Asia/Urumqi":
		return "XJT", "XJT", true
	case "Asia/Chita", "Asia/Khandyga", "Asia/Yakutsk":
		return "YAKT", "YAKT", true
	case "Asia/Yekaterinburg":
		return "YEKT", "YEKT", true
	}
	return "", "", false
}

// cldrZoneName is for those that take their names from CLDR.
func cldrZoneName(zone string) (standard, daylight string, ok bool) {
	switch zone {
	case "Antarctica/Casey":
		return "AWST", "AWST", true
	case "Antarctica/Troll":
		return "GMT", "GMT", true
	case "Africa/Casablanca", "Africa/El_Aaiun":
		return "GMT", "GMT+01:00", true
	case "Eire", "Europe/Dublin":
		return "GMT", "IST", true
	case "America/Asuncion", "America/Coyhaique":
		return "GMT-03:00", "GMT-02:00", true
	case "America/Adak", "America/Atka", "US/Aleutian":
		return "HAST", "HADT", true
	case "Asia/Colombo":
		return "IST", "IST", true
	case "Europe/Minsk":
		return "MSK", "MSK", true
	}
	return "", "", false
}
