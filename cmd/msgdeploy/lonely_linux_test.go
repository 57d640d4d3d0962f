package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// lonelyName is a program of the tests: it runs msgdeploy in a network namespace of its own, where nothing
// is but the loopback interface, and without an environment. The engine and the programs that it runs
// speak over that interface within the process.
const lonelyName = "lonely"

// lonelier as the first argument leaves even that interface off.
const lonelier = "--without-loopback"

func lonely() {
	var err error
	if os.Getenv(lonelyName) == "" {
		err = leave()
	} else {
		err = arrive()
	}
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		os.Exit(exit.ExitCode())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "this test needs namespaces of users and networks (user_namespaces(7), network_namespaces(7)), and there are none to be had here:", err)
		os.Exit(1)
	}
}

// leave starts this program again in namespaces of its own.
func leave() error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.Command(self, os.Args[1:]...)
	cmd.Args[0] = lonelyName
	cmd.Env = []string{lonelyName + "=yes"}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	return cmd.Run()
}

// arrive switches the loopback interface on, and becomes msgdeploy.
func arrive() error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if len(os.Args) > 1 && os.Args[1] == lonelier {
		return syscall.Exec(self, append([]string{"msgdeploy"}, os.Args[2:]...), nil)
	}
	s, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	lo, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	lo.SetUint16(unix.IFF_UP)
	if err := unix.IoctlIfreq(s, unix.SIOCSIFFLAGS, lo); err != nil {
		return fmt.Errorf("switch the loopback interface on: %w", err)
	}
	return syscall.Exec(self, append([]string{"msgdeploy"}, os.Args[1:]...), nil)
}
