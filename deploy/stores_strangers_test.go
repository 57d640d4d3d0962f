//go:build strangers

package deploy

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob"
)

// TestStrangerStores runs what TestRemote… runs, with servers that have to be installed.
func TestStrangerStores(t *testing.T) {
	for kind, open := range map[string]func(*testing.T) func(name string) store{
		"postgres": startPostgres,
		"azblob":   startAzurite,
	} {
		t.Run(kind, func(t *testing.T) {
			next := open(t)
			for name, test := range map[string]func(*testing.T, store){
				"life": remoteLife, "eight": remoteEight, "kill": remoteKill, "stock": remoteStock,
				"changed": remoteChanged, "replace": remoteReplace,
			} {
				t.Run(name, func(t *testing.T) { test(t, next(name)) })
			}
		})
	}
}

// startPostgres starts a server of PostgreSQL without a port, and returns how to get a table in it.
// It does not run as root, so it runs as the user that its package makes.
func startPostgres(t *testing.T) func(name string) store {
	t.Helper()
	initdb, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(initdb) == 0 {
		t.Fatalf("PostgreSQL is not installed: `make strangers` does that with apt-get (%v)", err)
	}
	bin := filepath.Dir(initdb[len(initdb)-1])
	dir, err := os.MkdirTemp("", "pg") // short: it holds a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	credential := postgresUser(t, dir)
	run := func(name string, args ...string) {
		t.Helper()
		cmd := exec.Command(filepath.Join(bin, name), args...)
		cmd.Dir = dir
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: credential}
		log := filepath.Join(dir, "out-"+name)
		out, err := os.Create(log) // a pipe would stay open for as long as the server runs
		if err != nil {
			t.Fatal(err)
		}
		cmd.Stdout, cmd.Stderr = out, out
		err = cmd.Run()
		_ = out.Close()
		if err != nil {
			text, _ := os.ReadFile(log)
			t.Fatalf("%s: %v\n%s", name, err, text)
		}
	}
	data := filepath.Join(dir, "data")
	run("initdb", "-D", data, "-A", "trust", "-U", "msgdeploy", "-E", "UTF8", "--no-sync")
	run("pg_ctl", "-D", data, "-w", "-t", "600", "-l", filepath.Join(dir, "log"),
		"-o", "-k "+dir+" -c listen_addresses='' -c fsync=off", "start")
	t.Cleanup(func() { run("pg_ctl", "-D", data, "-m", "immediate", "-w", "-t", "600", "stop") })
	return func(name string) store {
		q := url.Values{"host": {dir}, "table": {"state_" + name}, "sslmode": {"disable"}}
		return store{"postgres://msgdeploy@/postgres?" + q.Encode()}
	}
}

// postgresUser gives dir to the user that a server of PostgreSQL may run as. Who is not root stays who they are.
func postgresUser(t *testing.T, dir string) *syscall.Credential {
	t.Helper()
	if os.Getuid() != 0 {
		return nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		t.Fatal(err)
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(dir, int(uid), int(gid)); err != nil {
		t.Fatal(err)
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}

// startAzurite starts Microsoft's emulator of Azure's Blob Storage, and returns how to get a container in it.
func startAzurite(t *testing.T) func(name string) store {
	t.Helper()
	// Its one account and its key, which its documentation prints.
	const account = "devstoreaccount1"
	const key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
	cmd := exec.Command("node_modules/.bin/azurite-blob",
		"--blobPort", "0", "--inMemoryPersistence", "--skipApiVersionCheck", "--disableTelemetry")
	cmd.Dir = "../internal/strangers"
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
	})
	address := ""
	listening := regexp.MustCompile(`listens on http://(\S+)`)
	for lines := bufio.NewScanner(stdout); address == "" && lines.Scan(); {
		if m := listening.FindStringSubmatch(lines.Text()); m != nil {
			address = m[1]
		}
	}
	if address == "" {
		t.Fatalf("azurite ended before it listened: %s", complaints.String())
	}
	go func() { _, _ = io.Copy(io.Discard, stdout) }()
	t.Setenv("AZURE_STORAGE_ACCOUNT", account)
	t.Setenv("AZURE_STORAGE_KEY", key)
	client, err := azblob.NewClientFromConnectionString(fmt.Sprintf(
		"DefaultEndpointsProtocol=http;AccountName=%s;AccountKey=%s;BlobEndpoint=http://%s/%s;", account, key, address, account), nil)
	if err != nil {
		t.Fatal(err)
	}
	return func(name string) store {
		if _, err := client.CreateContainer(t.Context(), name, nil); err != nil {
			t.Fatal(err)
		}
		return store{"azblob://" + name + "?" + url.Values{"protocol": {"http"}, "domain": {strings.TrimSpace(address)}, "localemu": {"true"}}.Encode()}
	}
}
