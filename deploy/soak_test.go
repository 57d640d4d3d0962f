package deploy

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

var (
	// soakFor and soakSeed are for `make soak`.
	soakFor  = flag.Duration("soak", 0, "walk for so long, with ever new seeds, rather than the few walks that are always the same")
	soakSeed = flag.Uint64("soak-seed", 0, "the seed of the first walk")
)

// TestSoak is a random walk: the program is edited, operations run, fail, are cut off, throttled and interrupted,
// two run at once, and others change the world. After each step the state and the world are compared, and after
// each operation that went well both with the program. What fails is made as short as it can be, and printed.
func TestSoak(t *testing.T) {
	t.Parallel()
	if *soakFor > 0 {
		for end, seed := time.Now().Add(*soakFor), *soakSeed; time.Now().Before(end); seed++ {
			soak(t, seed, 100)
			t.Logf("seed %d is well", seed)
		}
		return
	}
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			soak(t, seed, 25)
		})
	}
}

// soak is one walk.
func soak(t *testing.T, seed uint64, length int) {
	t.Helper()
	moves := walk(seed, length)
	err := play(t, moves, nil)
	if err == nil {
		return
	}
	short := shrink(moves, func(some []move) bool { return play(t, some, nil) != nil })
	t.Fatalf("seed %d: %v\nthe shortest walk that fails: %v\n%v", seed, err, short, play(t, short, nil))
}

// TestSoakFinds: a world that forgets updates is found out, and the walk that shows it is short.
func TestSoakFinds(t *testing.T) {
	t.Parallel()
	forgets := func(w *world) {
		w.after = func(call string) {
			if name, ok := strings.CutPrefix(call, "update "); ok {
				w.mu.Lock()
				defer w.mu.Unlock()
				delete(w.things, name)
			}
		}
	}
	moves := walk(1, 12)
	if play(t, moves, forgets) == nil {
		t.Fatal("it is not found")
	}
	if short := shrink(moves, func(some []move) bool { return play(t, some, forgets) != nil }); len(short) > 3 {
		t.Errorf("the shortest walk has %d moves: %v", len(short), short)
	}
}

// move is one step of a walk. What it does follows from its seed and from what was before.
type move struct {
	kind string
	seed uint64
}

func (m move) String() string { return fmt.Sprintf("%s(%d)", m.kind, m.seed) }

// walk returns the moves of a seed.
func walk(seed uint64, length int) []move {
	random := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // a test has to be the same each time
	kinds := []string{"up", "up", "crash", "crash", "fail", "throttle", "interrupt", "drift", "both", "destroy", "crash destroy", "preview"}
	moves := make([]move, length)
	for i := range moves {
		moves[i] = move{kinds[random.IntN(len(kinds))], random.Uint64N(1000)}
	}
	return moves
}

// shrink leaves out of moves what is not needed for them to fail.
func shrink(moves []move, fails func([]move) bool) []move {
	for size := len(moves) / 2; size > 0; size /= 2 {
		for at := 0; at+size <= len(moves); {
			without := append(append([]move{}, moves[:at]...), moves[at+size:]...)
			if fails(without) {
				moves = without
			} else {
				at += size
			}
		}
	}
	return moves
}

// walker is where a walk has come to.
type walker struct {
	world   *world
	options Options
	// model is what the program asks for, by name.
	model map[string]thing
	// temp makes a new directory.
	temp func() string
	// struck counts how often an operation was cut off, failed or was stopped in its middle.
	struck map[string]int
}

// play makes moves in a new world, which prepare may make a worse one, and says what went wrong.
func play(t *testing.T, moves []move, prepare func(*world)) error {
	t.Helper()
	w := &walker{world: newWorld(), model: map[string]thing{}, temp: t.TempDir, struck: map[string]int{}}
	w.options = testOptions(t, w.world)
	w.options.Unconfirmed = nil
	c := &clock{}
	w.options.pacing = c.pacing()
	if prepare != nil {
		prepare(w.world)
	}
	for i, m := range moves {
		if err := w.move(t.Context(), m, rand.New(rand.NewPCG(m.seed, 2))); err != nil { //nolint:gosec // as above
			return fmt.Errorf("move %d, %s: %w", i, m, err)
		}
		if err := w.compare(t.Context()); err != nil {
			return fmt.Errorf("after move %d, %s: %w", i, m, err)
		}
	}
	w.world.fail = nil
	t.Logf("%d moves; in the middle of an operation: %v", len(moves), w.struck)
	return w.up(t.Context())
}

// move makes one move.
func (w *walker) move(ctx context.Context, m move, random *rand.Rand) error {
	if m.kind != "destroy" && m.kind != "crash destroy" {
		w.edit(random)
	}
	w.options.Parallel = 1 + random.IntN(8)
	defer func() { w.world.fail = nil }()
	nth := 1 + random.IntN(6)
	switch m.kind {
	case "up":
		return w.up(ctx)
	case "crash":
		return w.crash(nth, func() error { return anyway(w.run(ctx, w.model)) })
	case "fail":
		w.world.fail = w.after(nth, errBroken)
		return anyway(w.run(ctx, w.model))
	case "throttle":
		w.world.fail = locked(func(string) error {
			if random.IntN(3) == 0 {
				w.struck["throttle"]++
				return errThrottled
			}
			return nil
		})
		return w.up(ctx)
	case "interrupt":
		return w.interrupt(ctx, nth)
	case "drift":
		return w.drift(ctx, random)
	case "both":
		return w.both(ctx, random)
	case "destroy":
		return w.destroy(ctx)
	case "crash destroy":
		return w.crash(nth, func() error { return anyway(w.run(ctx, nil)) })
	default:
		return w.preview(ctx)
	}
}

// after is a world that is well until the nth call, and fails then for good.
func (w *walker) after(nth int, err error) func(string) error {
	n := 0
	return locked(func(string) error {
		if n++; n < nth {
			return nil
		}
		w.struck["fail"]++
		return err
	})
}

// anyway takes failures of an operation for granted: they are what the move is about.
func anyway(err error) error {
	var failed *OperationError
	var interrupted *InterruptedError
	if errors.As(err, &failed) || errors.As(err, &interrupted) {
		return nil
	}
	return err
}

func (w *walker) run(ctx context.Context, model map[string]thing) error {
	s, err := Open(ctx, w.options)
	if err != nil {
		return err
	}
	_, err = s.Up(ctx, program(things(model)...), nil)
	return err
}

// up runs an up that has to go well.
func (w *walker) up(ctx context.Context) error {
	if err := w.run(ctx, w.model); err != nil {
		return err
	}
	return w.converged(ctx, w.model)
}

func (w *walker) destroy(ctx context.Context) error {
	s, err := Open(ctx, w.options)
	if err != nil {
		return err
	}
	if _, err := s.Destroy(ctx, nil); err != nil {
		return err
	}
	return w.converged(ctx, nil)
}

// preview must change nothing.
func (w *walker) preview(ctx context.Context) error {
	s, err := Open(ctx, w.options)
	if err != nil {
		return err
	}
	w.world.asked()
	if _, err := s.Preview(ctx, program(things(w.model)...)); err != nil {
		return err
	}
	if calls := w.world.asked(); len(calls) > 0 {
		return fmt.Errorf("a preview did %q", calls)
	}
	return nil
}

// interrupt presses Ctrl-C at the nth call.
func (w *walker) interrupt(ctx context.Context, nth int) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	n := 0
	w.world.fail = locked(func(string) error {
		if n++; n == nth {
			w.struck["interrupt"]++
			cancel()
		}
		return nil
	})
	return anyway(w.run(ctx, w.model))
}

// drift lets somebody else delete and change things, and then finds out.
func (w *walker) drift(ctx context.Context, random *rand.Rand) error {
	w.world.mu.Lock()
	for _, name := range sortedNames(w.world.things) {
		switch random.IntN(4) {
		case 0:
			delete(w.world.things, name)
		case 1:
			changed := w.world.things[name].Copy()
			changed["value"] = resource.NewProperty("drifted")
			w.world.things[name] = changed
		}
	}
	w.world.mu.Unlock()
	s, err := Open(ctx, w.options)
	if err != nil {
		return err
	}
	_, err = s.Refresh(ctx, nil)
	return err
}

// both runs two ups of different programs at once: each of them runs alone, or is told that it cannot.
func (w *walker) both(ctx context.Context, random *rand.Rand) error {
	models := []map[string]thing{clone(w.model), nil}
	w.edit(random)
	models[1] = w.model
	results := make(chan error, len(models))
	for _, model := range models {
		go func() { results <- w.run(ctx, model) }()
	}
	done := 0
	for range models {
		err := <-results
		var locked *LockedError
		switch {
		case err == nil:
			done++
		case !errors.As(err, &locked):
			return err
		}
	}
	if done == 0 {
		return errors.New("neither of two ups has run")
	}
	for _, model := range models {
		if w.converged(ctx, model) == nil {
			w.model = model
			return nil
		}
	}
	return fmt.Errorf("neither of two programs stands: %w", w.converged(ctx, models[1]))
}

// crash goes on from what there is at the nth call of an operation, as if the process had been killed then.
func (w *walker) crash(nth int, operation func() error) error {
	dir := w.temp()
	n, left := 0, (map[string]resource.PropertyMap)(nil)
	var failure error
	w.world.fail = locked(func(string) error {
		if n++; n != nth {
			return nil
		}
		// Nothing comes to its end in the world meanwhile.
		w.world.mu.Lock()
		defer w.world.mu.Unlock()
		w.struck["crash"]++
		left = maps.Clone(w.world.things)
		failure = os.CopyFS(filepath.Join(dir, ".msgdeploy"), os.DirFS(w.options.Dir))
		return nil
	})
	if err := errors.Join(operation(), failure); err != nil || left == nil {
		return err
	}
	w.options.Dir = filepath.Join(dir, ".msgdeploy")
	w.world.set(left)
	return nil
}
