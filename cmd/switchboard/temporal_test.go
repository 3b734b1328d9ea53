package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"

	"switchboard/test/tier"
)

// authority signs certificates.
type authority struct {
	t    *testing.T
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t, dir: t.TempDir()}
	a.cert, a.key = a.sign("authority", true)
	return a
}

// sign makes a certificate and writes it and its key to name.pem and name.key.
func (a *authority) sign(name string, ca bool) (*x509.Certificate, *ecdsa.PrivateKey) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(a.t, err)
	in := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: ca, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}, DNSNames: []string{"temporal.internal"}}
	parent, signer := a.cert, a.key
	if ca {
		parent, signer = in, key
	}
	der, err := x509.CreateCertificate(rand.Reader, in, parent, &key.PublicKey, signer)
	require.NoError(a.t, err)
	cert, err := x509.ParseCertificate(der)
	require.NoError(a.t, err)
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(a.t, err)
	for file, block := range map[string]*pem.Block{"pem": {Type: "CERTIFICATE", Bytes: der}, "key": {Type: "PRIVATE KEY", Bytes: secret}} {
		require.NoError(a.t, os.WriteFile(a.file(name, file), pem.EncodeToMemory(block), 0o600))
	}
	return cert, key
}

func (a *authority) file(name, ext string) string { return filepath.Join(a.dir, name+"."+ext) }

// secured is a Temporal frontend that only speaks TLS, to clients that have a
// certificate, and notes who asked.
type secured struct {
	workflowservice.UnimplementedWorkflowServiceServer
	address string

	mu     sync.Mutex
	asked  int
	client string
	auth   []string
}

func newSecured(t *testing.T, a *authority) *secured {
	t.Helper()
	a.sign("server", false)
	cert, err := tls.LoadX509KeyPair(a.file("server", "pem"), a.file("server", "key"))
	require.NoError(t, err)
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	s := &secured{}
	conf := &tls.Config{Certificates: []tls.Certificate{cert}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool}
	srv := grpc.NewServer(grpc.UnaryInterceptor(s.note), grpc.Creds(credentials.NewTLS(conf)))
	workflowservice.RegisterWorkflowServiceServer(srv, s)
	ready := health.NewServer()
	ready.SetServingStatus("temporal.api.workflowservice.v1.WorkflowService", healthpb.HealthCheckResponse_SERVING)
	healthpb.RegisterHealthServer(srv, ready)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s.address = l.Addr().String()
	go func() { _ = srv.Serve(l) }()
	t.Cleanup(srv.Stop)
	return s
}

func (s *secured) GetSystemInfo(context.Context, *workflowservice.GetSystemInfoRequest) (*workflowservice.GetSystemInfoResponse, error) {
	return &workflowservice.GetSystemInfoResponse{}, nil
}

func (s *secured) note(ctx context.Context, in any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
	md, _ := metadata.FromIncomingContext(ctx)
	s.mu.Lock()
	s.asked, s.auth = s.asked+1, md.Get("authorization")
	if p, ok := peer.FromContext(ctx); ok {
		if info, ok := p.AuthInfo.(credentials.TLSInfo); ok && len(info.State.PeerCertificates) > 0 {
			s.client = info.State.PeerCertificates[0].Subject.CommonName
		}
	}
	s.mu.Unlock()
	return next(ctx, in)
}

// Temporal is reached with TLS, a client's certificate and an API key, by the
// settings that Temporal's own programs know; without them it is not.
func TestSecurity_M12_TemporalOverTLS(t *testing.T) {
	a := newAuthority(t)
	s := newSecured(t, a)
	a.sign("switchboard", false)
	other := newAuthority(t)
	good := map[string]string{
		"TEMPORAL_ADDRESS": s.address, "TEMPORAL_NAMESPACE": "desk", "TEMPORAL_API_KEY": "key-of-a-test", "TEMPORAL_TLS": "true",
		"TEMPORAL_TLS_SERVER_CA_CERT_PATH": a.file("authority", "pem"), "TEMPORAL_TLS_SERVER_NAME": "temporal.internal",
		"TEMPORAL_TLS_CLIENT_CERT_PATH": a.file("switchboard", "pem"), "TEMPORAL_TLS_CLIENT_KEY_PATH": a.file("switchboard", "key"),
	}
	for name, c := range map[string]struct {
		change map[string]string
		ours   backends
		reach  bool
	}{
		"all of it": {reach: true},
		"our own settings win": {change: map[string]string{"TEMPORAL_ADDRESS": "127.0.0.1:1", "TEMPORAL_NAMESPACE": "x"},
			ours: backends{TemporalAddress: s.address, TemporalNamespace: "desk"}, reach: true},
		"in the clear":                 {change: map[string]string{"TEMPORAL_TLS": "false"}},
		"no certificate":               {change: map[string]string{"TEMPORAL_TLS_CLIENT_CERT_PATH": "", "TEMPORAL_TLS_CLIENT_KEY_PATH": ""}},
		"another server than expected": {change: map[string]string{"TEMPORAL_TLS_SERVER_NAME": "temporal.example"}},
		"a server nobody vouches for":  {change: map[string]string{"TEMPORAL_TLS_SERVER_CA_CERT_PATH": other.file("authority", "pem")}},
	} {
		t.Run(name, func(t *testing.T) {
			for k, v := range good {
				t.Setenv(k, v)
			}
			for k, v := range c.change {
				t.Setenv(k, v)
			}
			opts, err := c.ours.temporalOptions()
			require.NoError(t, err)
			require.Equal(t, "desk", opts.Namespace)
			s.mu.Lock()
			s.asked, s.client, s.auth = 0, "", nil
			s.mu.Unlock()
			ctx, cancel := context.WithTimeout(t.Context(), tier.Patience(10*time.Second))
			defer cancel()
			if !c.reach {
				// Refused connections are tried again until the time is over.
				ctx, cancel = context.WithTimeout(t.Context(), 500*time.Millisecond)
				defer cancel()
			}
			conn, err := client.DialContext(ctx, opts)
			s.mu.Lock()
			defer s.mu.Unlock()
			if !c.reach {
				require.Error(t, err)
				require.Zero(t, s.asked, "nothing reaches the server")
				require.NotContains(t, err.Error(), good["TEMPORAL_API_KEY"])
				return
			}
			require.NoError(t, err)
			defer conn.Close()
			require.NotZero(t, s.asked)
			require.Equal(t, "switchboard", s.client)
			require.Equal(t, []string{"Bearer " + good["TEMPORAL_API_KEY"]}, s.auth)
		})
	}
}

// Settings that cannot be are told when the process starts, not when it is first
// needed, and name what is wrong.
func TestSecurity_M12_WrongSettings(t *testing.T) {
	t.Setenv("TEMPORAL_TLS_CLIENT_CERT_PATH", "/nowhere/client.pem")
	b := backends{DatabaseURL: "postgres://nobody@127.0.0.1:1/none", Key: base64.StdEncoding.EncodeToString(make([]byte, 32))}
	for _, key := range []string{"", "/nowhere/client.key"} {
		t.Setenv("TEMPORAL_TLS_CLIENT_KEY_PATH", key)
		_, err := b.open(slog.New(slog.DiscardHandler))
		require.ErrorContains(t, err, "TEMPORAL_")
		require.True(t, strings.Contains(err.Error(), "client cert"), err)
	}
}

// A file of settings that a person keeps for their own tools is not read unless
// it is named.
func TestSecurity_M12_SettingsFile(t *testing.T) {
	home := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", home)
	t.Setenv("HOME", home)
	require.NoError(t, os.Mkdir(filepath.Join(home, "temporalio"), 0o700))
	file := filepath.Join(home, "temporalio", "temporal.toml")
	require.NoError(t, os.WriteFile(file, []byte("[profile.default]\naddress = \"elsewhere:7233\"\n"), 0o600))
	var b backends
	opts, err := b.temporalOptions()
	require.NoError(t, err)
	require.Equal(t, defaultTemporalAddress, opts.HostPort)
	require.Equal(t, defaultTemporalNamespace, opts.Namespace)
	t.Setenv("TEMPORAL_CONFIG_FILE", file)
	opts, err = b.temporalOptions()
	require.NoError(t, err)
	require.Equal(t, "elsewhere:7233", opts.HostPort)
}
