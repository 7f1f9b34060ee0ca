package cluster

import (
	"strings"
	"testing"
)

// TestF1_AURIIsShownWithoutItsSecrets: whatever is wrong with it.
func TestF1_AURIIsShownWithoutItsSecrets(t *testing.T) {
	for uri, want := range map[string]string{
		"mongodb://ann:hunter2@db1,db2/frontdesk?replicaSet=rs0":         "mongodb://db1,db2/frontdesk",
		"mongodb+srv://ann:hunter2@db.example/frontdesk":                 "mongodb+srv://db.example/frontdesk",
		"mongodb://ann:hunter2@x/y?z@db1/frontdesk":                      "mongodb://db1/frontdesk",
		"mongodb://db1/?tlsCertificateKeyFilePassword=hunter2":           "mongodb://db1/",
		"mongo:ann:hunter2@db1/frontdesk":                                "mongo://db1/frontdesk",
		"mongodb:/ann:hunter2@db1/frontdesk?replicaSet=rs0":              "mongodb://db1/frontdesk",
		"mongodb://db1/frontdesk?authMechanismProperties=SECRET:hunter2": "mongodb://db1/frontdesk",
		"mongodb://ann:%68unter2@db1/frontdesk?replicaSet=rs0&ssl=1&a=%": "mongodb://db1/frontdesk",
	} {
		if got := WithoutSecrets(uri); got != want {
			t.Errorf("%s is shown as %s, want %s", uri, got, want)
		}
		cause := "error parsing " + uri + ": hunter2 is odd"
		if got := hideSecrets(cause, uri); strings.Contains(uri, "mongodb") && strings.Contains(got, "unter2@") {
			t.Errorf("an error tells of it: %s", got)
		}
	}
}

// TestF1_AnErrorOfAURITellsNoPassword: neither Check nor Connect does.
func TestF1_AnErrorOfAURITellsNoPassword(t *testing.T) {
	for _, uri := range []string{
		"mongodb://ann:hunter2@/frontdesk", "mongodb://ann:hunter2%zz@db1/frontdesk", "mongodb://ann:hun:ter2@db1/frontdesk", "mongodb://ann:hunter2@db1:x/frontdesk",
		"mongodb://ann:hunter2/@db1/frontdesk", "mongodb://db1/?tlsCertificateKeyFilePassword=hunter2&tlsCertificateKeyFile=/none",
		"mongodb://ann:hunter2@db1/frontdesk?authMechanism=hunter2",
	} {
		if err := Check(uri); err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("Check of %s tells the password: %v", uri, err)
		}
		client, _, err := Connect(uri, Options{})
		if err == nil {
			_ = client.Disconnect(t.Context())
			continue
		}
		if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("Connect to %s tells the password: %v", uri, err)
		}
	}
}
