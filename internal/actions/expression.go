package actions

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// scope is what an expression can see.
type scope struct {
	contexts map[string]any
	// failed is set when a step of this job or composite action, or a needed job, has failed.
	failed bool
}

// with returns the scope with more contexts.
func (s scope) with(contexts map[string]any) scope {
	all := maps.Clone(s.contexts)
	maps.Copy(all, contexts)
	return scope{contexts: all, failed: s.failed}
}

// interpolate replaces each ${{ expression }} of text by its value.
func (s scope) interpolate(text string) (string, error) {
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(text, "${{")
		out.WriteString(before)
		if !found {
			return out.String(), nil
		}
		expr, after, closed := cutExpression(rest)
		if !closed {
			return "", fmt.Errorf("${{%s does not end", rest)
		}
		v, err := s.evaluate(expr)
		if err != nil {
			return "", err
		}
		out.WriteString(toString(v))
		text = after
	}
}

// cutExpression splits text after the expression that it begins with; }} in a string does not end it.
func cutExpression(text string) (expr, after string, closed bool) {
	quoted := false
	for i := range text {
		switch {
		case text[i] == '\'':
			quoted = !quoted
		case !quoted && strings.HasPrefix(text[i:], "}}"):
			return text[:i], text[i+2:], true
		}
	}
	return "", "", false
}

func (s scope) interpolateAll(texts map[string]string) (map[string]string, error) {
	out := map[string]string{}
	for key, text := range texts {
		v, err := s.interpolate(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
		out[key] = v
	}
	return out, nil
}

// condition evaluates an `if:`. One that asks for no status holds only while nothing has failed.
func (s scope) condition(text string) (bool, error) {
	expr := strings.TrimSpace(text)
	if expr == "" {
		return !s.failed, nil
	}
	if inner, found := strings.CutPrefix(expr, "${{"); found {
		body, after, closed := cutExpression(inner)
		if !closed || after != "" {
			return false, fmt.Errorf("if: %s is not one expression: it would be true whatever it says", text)
		}
		expr = body
	}
	p := parser{scope: s, tokens: nil}
	v, err := p.run(expr)
	if err != nil {
		return false, err
	}
	return truth(v) && (p.askedStatus || !s.failed), nil
}

func (s scope) evaluate(expr string) (any, error) {
	p := parser{scope: s}
	return p.run(expr)
}

// parser evaluates while it reads: all operands are evaluated, for they have no effects.
type parser struct {
	scope       scope
	tokens      []string
	askedStatus bool
}

func (p *parser) run(expr string) (any, error) {
	tokens, err := tokenize(expr)
	if err != nil {
		return nil, err
	}
	p.tokens = tokens
	v, err := p.or()
	if err == nil && len(p.tokens) > 0 {
		err = fmt.Errorf("%s was not expected", p.tokens[0])
	}
	if err != nil {
		return nil, fmt.Errorf("expression %s: %w", strings.TrimSpace(expr), err)
	}
	return v, nil
}

func tokenize(expr string) ([]string, error) {
	word := func(c byte) bool {
		return c == '_' || c == '-' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
	}
	var tokens []string
	for i := 0; i < len(expr); {
		start := i
		switch c := expr[i]; {
		case strings.IndexByte(" \t\n", c) >= 0:
			i++
			continue
		case word(c):
			for i < len(expr) && word(expr[i]) {
				i++
			}
		case c == '\'':
			for i++; i < len(expr) && (expr[i] != '\'' || strings.HasPrefix(expr[i:], "''")); i++ {
				if expr[i] == '\'' {
					i++
				}
			}
			i++
			if i > len(expr) {
				return nil, errors.New("a string does not end")
			}
		case slices.Contains([]string{"==", "!=", "&&", "||"}, expr[i:min(i+2, len(expr))]):
			i += 2
		case strings.IndexByte("().,!", c) >= 0:
			i++
		default:
			return nil, fmt.Errorf("%q is not known here", c)
		}
		tokens = append(tokens, expr[start:i])
	}
	return tokens, nil
}

// take removes the next token if it is one of those.
func (p *parser) take(those ...string) (string, bool) {
	if len(p.tokens) == 0 || !slices.Contains(those, p.tokens[0]) {
		return "", false
	}
	t := p.tokens[0]
	p.tokens = p.tokens[1:]
	return t, true
}

func (p *parser) next() (string, error) {
	if len(p.tokens) == 0 {
		return "", errors.New("something is missing at its end")
	}
	t := p.tokens[0]
	p.tokens = p.tokens[1:]
	return t, nil
}

func (p *parser) or() (any, error) {
	left, err := p.and()
	for err == nil {
		if _, ok := p.take("||"); !ok {
			break
		}
		var right any
		if right, err = p.and(); !truth(left) {
			left = right
		}
	}
	return left, err
}

func (p *parser) and() (any, error) {
	left, err := p.equality()
	for err == nil {
		if _, ok := p.take("&&"); !ok {
			break
		}
		var right any
		if right, err = p.equality(); truth(left) {
			left = right
		}
	}
	return left, err
}

func (p *parser) equality() (any, error) {
	left, err := p.unary()
	for err == nil {
		op, ok := p.take("==", "!=")
		if !ok {
			break
		}
		var right any
		right, err = p.unary()
		left = equal(left, right) == (op == "==")
	}
	return left, err
}

func (p *parser) unary() (any, error) {
	if _, ok := p.take("!"); ok {
		v, err := p.unary()
		return !truth(v), err
	}
	t, err := p.next()
	if err != nil {
		return nil, err
	}
	switch {
	case t == "(":
		v, err := p.or()
		if _, ok := p.take(")"); err == nil && !ok {
			err = errors.New("a parenthesis is not closed")
		}
		return v, err
	case t[0] == '\'':
		return strings.ReplaceAll(t[1:len(t)-1], "''", "'"), nil
	case t == "true" || t == "false":
		return t == "true", nil
	case t == "null":
		return nil, nil
	case t[0] >= '0' && t[0] <= '9' || t[0] == '-':
		return strconv.ParseFloat(t, 64)
	}
	if _, ok := p.take("("); ok {
		return p.call(t)
	}
	return p.context(t)
}

func (p *parser) context(name string) (any, error) {
	v, ok := p.scope.contexts[name]
	if !ok {
		return nil, fmt.Errorf("there is no context %s here", name)
	}
	for {
		if _, ok := p.take("."); !ok {
			return v, nil
		}
		key, err := p.next()
		if err != nil {
			return nil, err
		}
		m, _ := v.(map[string]any)
		v = m[key] // null, as with GitHub, if there is none
	}
}

func (p *parser) call(name string) (any, error) {
	var args []any
	for {
		if _, ok := p.take(")"); ok {
			break
		}
		v, err := p.or()
		if err != nil {
			return nil, err
		}
		args = append(args, v)
		if _, ok := p.take(","); !ok && (len(p.tokens) == 0 || p.tokens[0] != ")") {
			return nil, fmt.Errorf("the call of %s does not end", name)
		}
	}
	status := map[string]bool{"success": !p.scope.failed, "failure": p.scope.failed, "always": true, "cancelled": false}
	if v, ok := status[name]; ok && len(args) == 0 {
		p.askedStatus = true
		return v, nil
	}
	if name == "startsWith" && len(args) == 2 {
		return strings.HasPrefix(strings.ToLower(toString(args[0])), strings.ToLower(toString(args[1]))), nil
	}
	return nil, fmt.Errorf("there is no function %s of %d arguments here", name, len(args))
}

func truth(v any) bool {
	switch v := v.(type) {
	case nil:
		return false
	case bool:
		return v
	case string:
		return v != ""
	case float64:
		return v != 0
	default:
		return true
	}
}

// equal compares as GitHub does: strings without case, other kinds as numbers.
func equal(a, b any) bool {
	x, xs := a.(string)
	y, ys := b.(string)
	if xs && ys {
		return strings.EqualFold(x, y)
	}
	return toNumber(a) == toNumber(b)
}

func toNumber(v any) float64 {
	switch v := v.(type) {
	case nil:
		return 0
	case bool:
		if v {
			return 1
		}
		return 0
	case float64:
		return v
	case string:
		if n, err := strconv.ParseFloat(v, 64); err == nil {
			return n
		} else if v == "" {
			return 0
		}
	}
	return math.NaN()
}

func toString(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	default:
		return fmt.Sprint(v)
	}
}
