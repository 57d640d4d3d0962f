package graph

import (
	"cmp"
	"slices"
)

// sweeps is how often the columns of a part are ordered from left to right and back. More
// changed nothing in pictures of 200 elements.
const sweeps = 12

// order puts the vertices of each column into an order in which few edges cross: each at the mean of
// those that it is connected with, one column after the other, to and fro. The best order seen is taken.
func (p *part) order() {
	p.number()
	best, crossings := p.snapshot(), p.crossings()
	for i := 0; i < sweeps && crossings > 0; i++ {
		for c := 1; c < columns; c++ {
			p.sortColumn(c, func(v *vertex) []*vertex { return v.before })
		}
		for c := columns - 2; c >= 0; c-- {
			p.sortColumn(c, func(v *vertex) []*vertex { return v.after })
		}
		if n := p.crossings(); n < crossings {
			best, crossings = p.snapshot(), n
		}
	}
	*p = best
	p.number()
}

func (p *part) snapshot() part {
	var s part
	for c := range p {
		s[c] = slices.Clone(p[c])
	}
	return s
}

func (p *part) number() {
	for _, column := range p {
		for i, v := range column {
			v.place = i
		}
	}
}

// sortColumn sorts a column by the mean place of each vertex' neighbours on one side. Who has none
// stays where he is.
func (p *part) sortColumn(c int, side func(*vertex) []*vertex) {
	mean := make(map[*vertex]float64, len(p[c]))
	for _, v := range p[c] {
		mean[v] = float64(v.place)
		if beside := side(v); len(beside) > 0 {
			sum := 0
			for _, b := range beside {
				sum += b.place
			}
			// Columns differ in length: what counts is how far down a place is.
			mean[v] = (float64(sum)/float64(len(beside)) + 0.5) / float64(len(p[beside[0].column])) * float64(len(p[c]))
		}
	}
	slices.SortStableFunc(p[c], func(a, b *vertex) int { return cmp.Compare(mean[a], mean[b]) })
	for i, v := range p[c] {
		v.place = i
	}
}

// crossings counts the pairs of edges that cross, with a Fenwick tree per pair of columns
// (Barth, Jünger, Mutzel, "Simple and efficient bilayer cross counting", 2002).
func (p *part) crossings() int {
	total := 0
	for c := 0; c+1 < columns; c++ {
		tree := make([]int, len(p[c+1])+1)
		edges := 0
		for _, v := range p[c] {
			ends := make([]int, 0, len(v.after))
			for _, w := range v.after {
				ends = append(ends, w.place)
			}
			slices.Sort(ends)
			for _, end := range ends {
				at := 0 // edges so far that end at or above end
				for i := end + 1; i > 0; i -= i & -i {
					at += tree[i]
				}
				total += edges - at
			}
			for _, end := range ends {
				edges++
				for i := end + 1; i < len(tree); i += i & -i {
					tree[i]++
				}
			}
		}
	}
	return total
}

// rounds is how often the vertices are drawn towards their neighbours.
const rounds = 24

// settle gives each vertex of a part its height on the page below top, in the order of its column, as
// near to its neighbours as the others let it; it returns where the part ends.
func (p *part) settle(top float64) float64 {
	for _, column := range p {
		y := 0.0
		for i, v := range column {
			if i > 0 {
				y += apart(column[i-1], v)
			}
			v.y = y
		}
	}
	for round := range rounds {
		last := round == rounds-1
		for c := range columns {
			p.draw(c, func(v *vertex) []*vertex {
				if last {
					return slices.Concat(v.before, v.after)
				}
				return v.before
			})
		}
		for c := columns - 1; c >= 0 && !last; c-- {
			p.draw(c, func(v *vertex) []*vertex { return v.after })
		}
	}
	highest, lowest := 0.0, 0.0
	for first, column := true, 0; column < columns; column++ {
		for _, v := range p[column] {
			if first {
				highest, lowest, first = v.y-v.height/2, v.y+v.height/2, false
			}
			highest, lowest = min(highest, v.y-v.height/2), max(lowest, v.y+v.height/2)
		}
	}
	for _, column := range p {
		for _, v := range column {
			v.y += top - highest
		}
	}
	return top + lowest - highest
}

// apart is how far the middles of two vertices, one below the other, are apart at least.
func apart(above, below *vertex) float64 {
	return (above.height+below.height)/2 + max(above.gap(), below.gap())
}

// draw moves the vertices of a column to the mean of their neighbours, as far as order and room
// allow: the least sum of squares, by pooling adjacent violators.
func (p *part) draw(c int, side func(*vertex) []*vertex) {
	type pool struct {
		sum, weight float64
		members     int
	}
	var pools []pool
	offset := 0.0
	offsets := make([]float64, len(p[c]))
	for i, v := range p[c] {
		if i > 0 {
			offset += apart(p[c][i-1], v)
		}
		offsets[i] = offset
		// Who is connected with nobody on this side goes where the others leave room. Lanes are kept straight.
		want, weight := v.y, 0.05
		if beside := side(v); len(beside) > 0 {
			sum := 0.0
			for _, b := range beside {
				sum += b.y
			}
			want, weight = sum/float64(len(beside)), float64(len(beside))
			if v.node == nil {
				weight = 4 * float64(v.edges)
			}
		}
		pools = append(pools, pool{(want - offset) * weight, weight, 1})
		for n := len(pools); n > 1 && pools[n-2].sum*pools[n-1].weight > pools[n-1].sum*pools[n-2].weight; n = len(pools) {
			pools[n-2].sum += pools[n-1].sum
			pools[n-2].weight += pools[n-1].weight
			pools[n-2].members += pools[n-1].members
			pools = pools[:n-1]
		}
	}
	i := 0
	for _, pool := range pools {
		for range pool.members {
			p[c][i].y = pool.sum/pool.weight + offsets[i]
			i++
		}
	}
}
