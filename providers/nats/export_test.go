package nats

// Shop lends the topology of this package's tests to those that see it from outside.
var Shop = shop
