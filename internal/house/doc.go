// Package house holds no code: its tests keep the house in order, as
// ARCHITECTURE.md describes it.
package house
