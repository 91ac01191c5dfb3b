package grammar

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"

	"muxkey/internal/keytool/exception"
	"muxkey/internal/keytool/level"
)

// Surroundings are what a command line may refer to.
type Surroundings struct {
	LookupEnv func(name string) (string, bool)
	// ReadFile reads the file of a :file form or of -conf.
	ReadFile func(path string) ([]byte, error)
	// Unread has the passwords of the :env and :file forms left where they are. Those
	// of the call are no passwords then, but they are long enough for one.
	Unread bool
	// ReadURL reads the URL of a :file form, whatever its scheme but file. Nil
	// where none is read.
	ReadURL func(url string) ([]byte, error)
	// Property is a system property of Java that no option has set: "user.home".
	Property func(name string) (string, bool)
	// IsCACerts tells whether a path is that of the JDK's own trust store, by what
	// the call says of the JDK so far.
	IsCACerts func(c *Call, path string) bool

	// Out and Err get what is said while the command line is read.
	Out, Err io.Writer
}

// Parse reads the arguments behind the program's name, and holds them against
// one another as keytool does before it looks at any file. The call is there with
// an error too, as far as it was read. Errors: *UsageError, *LaunchError,
// *exception.Exception.
func Parse(args []string, l level.Level, around Surroundings) (*Call, error) {
	p := &parser{call: newCall(), level: l, around: around}
	err := p.parse(args)
	if err == nil && !p.call.Help {
		err = p.check()
	}
	return p.call, err
}

func newCall() *Call { return &Call{Properties: map[string]string{}, Sources: map[string]string{}} }

// parser reads one command line.
type parser struct {
	call    *Call
	level   level.Level
	around  Surroundings
	command command // the one found so far

	args []string
	next int // the argument to be read
}

func (p *parser) parse(args []string) (err error) {
	if p.args, err = p.launch(args); err != nil {
		return err
	}
	p.call.Help = len(p.args) == 0
	if !p.level.OldCommandLine {
		if err := p.scan(); err != nil {
			return err
		}
	}
	for p.next < len(p.args) && strings.HasPrefix(p.args[p.next], "-") {
		if err := p.option(); err != nil {
			return err
		}
	}
	if p.next < len(p.args) {
		return p.usage("Illegal option:  " + p.args[p.next])
	}
	if p.command.name == "" && !p.call.Help {
		return p.usage("Usage error: no command provided")
	}
	return nil
}

// scan looks through all arguments, values included, for the command, for -conf,
// and for what is given twice; then it puts what -conf says in front.
func (p *parser) scan() error {
	conf := ""
	seen := map[string]bool{}
	for i := 0; i < len(p.args); i++ {
		argument := p.args[i]
		if !strings.HasPrefix(argument, "-") {
			continue
		}
		lower := strings.ToLower(argument)
		if seen[lower] && !repeats(lower) {
			p.call.Warnings = append(p.call.Warnings, "The "+lower+" option is specified multiple times. All except the last one will be ignored.")
		}
		seen[lower] = true
		if fold(argument) == "conf" {
			if i++; i == len(p.args) {
				return p.needsArgument(argument)
			}
			conf = p.args[i]
			continue
		}
		c, ok := commandOf(p.level, argument)
		if !ok {
			continue
		}
		if p.command.name != "" {
			return exception.New(exception.Plain, fmt.Sprintf("Only one command is allowed: both -%s and -%s were specified.", p.command.name, c.name))
		}
		p.take(c)
	}
	if conf != "" && p.command.name != "" {
		more, err := p.configured(conf)
		if err != nil {
			return err
		}
		p.args = append(more, p.args...)
	}
	for _, argument := range p.args {
		if fold(argument) == "debug" { // the value of an option too, and without a hyphen
			p.call.Debug = true
		}
	}
	if p.call.Debug {
		fmt.Fprintf(p.around.Out, "Command line args: [%s]\n", strings.Join(p.args, ", "))
	}
	return nil
}

// option reads the next argument, which begins with a hyphen, and what belongs to
// it.
func (p *parser) option() error {
	argument := p.args[p.next]
	if p.next == len(p.args)-1 {
		// An option with a modifier, and one that no help lists, fails below.
		if o, ok := optionOf(p.level, fold(argument)); ok && o.arg != "" {
			return p.needsArgument(argument)
		}
	}
	argument, modifier, modified := strings.Cut(argument, ":")
	name := fold(argument)
	p.next++

	if c, ok := commandOf(p.level, argument); ok {
		p.take(c)
		return nil
	}
	if !p.has(name) {
		return p.usage("Illegal option:  " + argument)
	}
	if name == "conf" {
		p.next++
		return nil
	}
	if name == "h" || name == "?" {
		name = "help"
	}
	if flag, ok := target(p.call, name).(*bool); ok {
		// The scan has found -debug; one with a modifier is none.
		*flag = *flag || name != "debug" || p.level.OldCommandLine
		return nil
	}
	value, err := p.value()
	if err != nil {
		return err
	}
	if isPassword(name) {
		variable := strings.TrimPrefix(name, "deststore")
		if variable != name {
			variable = "store" + variable
		}
		delete(p.call.Sources, variable)
		if modified {
			p.call.Sources[variable] = fold(modifier) + ":" + value
			if value, err = p.password(modifier, value); err != nil {
				return err
			}
		}
	}
	return p.set(name, value)
}

// has tells whether there is an option of that folded name at the level.
func (p *parser) has(name string) bool {
	switch name {
	case "conf", "h", "?":
		return !p.level.OldCommandLine
	}
	for _, o := range options() {
		if o.name() == name && !within(p.level, o.since, o.until) && name != "providerclass" {
			return false
		}
	}
	return target(&Call{}, name) != nil
}

// value returns the argument that belongs to an option.
func (p *parser) value() (string, error) {
	if p.next >= len(p.args) {
		message := fmt.Sprintf("Index %d out of bounds for length %d", p.next, len(p.args))
		if p.level.OldCommandLine {
			message = strconv.Itoa(p.next)
		}
		return "", exception.New("java.lang.ArrayIndexOutOfBoundsException", message)
	}
	p.next++
	return p.args[p.next-1], nil
}

// set gives an option's value to the call.
func (p *parser) set(name, value string) (err error) {
	switch field := target(p.call, name).(type) {
	case **string:
		switch name {
		case "storetype", "deststoretype", "srcstoretype":
			value = storeType(value)
		case "keystore":
			if !p.level.OldCommandLine && p.around.IsCACerts != nil && p.around.IsCACerts(p.call, value) {
				fmt.Fprintln(p.around.Err, "Warning: use -cacerts option to access cacerts keystore")
			}
		}
		*field = &value
	case *[]string:
		*field = append(*field, value)
	case **int:
		number, err := number(value, 32)
		if err != nil {
			return err
		}
		size := int(number)
		*field = &size
	case **int64:
		number, err := number(value, 64)
		if err != nil {
			return err
		}
		*field = &number
	case *[]Provider:
		provider := Provider{Option: "-providerclass", Name: value}
		if name == "addprovider" {
			provider.Option = "-addprovider"
		}
		if p.next < len(p.args) && fold(p.args[p.next]) == "providerarg" {
			argument := p.args[p.next]
			if p.next++; p.next == len(p.args) {
				return p.needsArgument(argument)
			}
			provider.Arg = &p.args[p.next]
			p.next++
		}
		*field = append(*field, provider)
	}
	return nil
}

// number reads an integer as Java's parseInt and parseLong do: digits of all
// scripts, a plus sign, nothing else.
func number(value string, bits int) (int64, error) {
	plain := strings.Map(func(r rune) rune {
		if r < 0x80 || !unicode.IsDigit(r) {
			return r
		}
		// Digits stand ten in a row, from 0 on.
		digit := rune(0)
		for unicode.IsDigit(r-digit-1) && digit < 9 {
			digit++
		}
		return '0' + digit
	}, value)
	number, err := strconv.ParseInt(plain, 10, bits)
	if err != nil {
		return 0, exception.Wrap("java.lang.NumberFormatException", "For input string: \""+value+"\"", err)
	}
	return number, nil
}

// storeType is the standard spelling of a type of keystores.
func storeType(name string) string {
	for _, token := range windowsStores() {
		if strings.EqualFold(name, token) {
			return token
		}
	}
	return strings.ToUpper(strings.ReplaceAll(name, "ß", "SS"))
}

// windowsStores are the types that are no file but the stores of Windows.
func windowsStores() []string {
	return []string{"Windows-MY", "Windows-ROOT", "Windows-MY-CURRENTUSER", "Windows-ROOT-CURRENTUSER", "Windows-MY-LOCALMACHINE", "Windows-ROOT-LOCALMACHINE"}
}

// take makes a command that of the call.
func (p *parser) take(c command) {
	p.command = c
	p.call.Command = "-" + c.name
}

func (p *parser) usage(message string) error {
	return &UsageError{Message: message, Command: p.call.Command}
}

func (p *parser) needsArgument(argument string) error {
	return p.usage("Command option " + argument + " needs an argument.")
}
