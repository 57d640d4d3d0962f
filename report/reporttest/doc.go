// Package reporttest opens what msgdeploy writes in a real Chromium, headless, and says what a
// person would see there: what sticks out of the page, what the browser complains about, what
// the page would load. It is of the tests with the build tag strangers; without the tag it is empty.
//
// Nothing that a page asks for leaves the machine: no name resolves in this browser.
package reporttest
