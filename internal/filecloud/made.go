package main

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"encoding/hex"
	"strconv"
	"strings"
)

// What a cloud makes up follows here from what it is for, so that tests see the same twice.

func hash(of ...string) [32]byte { return sha256.Sum256([]byte(strings.Join(of, "\n"))) }

func digest(of string, generation int) uint64 {
	sum := hash(of, strconv.Itoa(generation))
	return binary.BigEndian.Uint64(sum[:])
}

// serial is sixteen letters and digits, as in the ids of IAM.
func serial(of string, generation int) string {
	sum := hash(of, strconv.Itoa(generation))
	return base32.StdEncoding.EncodeToString(sum[:10])
}

// guid is in the form of a UUID.
func guid(of ...string) string {
	sum := hash(of...)
	h := hex.EncodeToString(sum[:16])
	return strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:]}, "-")
}
