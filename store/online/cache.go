package online

import (
	"bytes"
	"context"
	"encoding/json"

	lru "github.com/hashicorp/golang-lru/v2"

	"frontdesk/fhir"
	"frontdesk/store"
)

// Cache reads settings for who asks on every request. The record is read every time, so what another instance changes
// counts at once (I8); only what its bytes mean is remembered. It is safe for concurrent use.
type Cache struct {
	records store.Records
	decoded *lru.Cache[fhir.Key, decoded]
}

// decoded is what a record means. What is in it is never changed.
type decoded struct {
	value    []byte
	practice Practice
	person   Person
}

// remembered is how many settings are kept in memory, of a kilobyte or less.
const remembered = 20_000

// NewCache reads the settings in a store's Records.
func NewCache(r store.Records) (*Cache, error) {
	c, err := lru.New[fhir.Key, decoded](remembered)
	if err != nil {
		return nil, fhir.Fault("making a cache", err)
	}
	return &Cache{r, c}, nil
}

// Practice is OfPractice.
func (c *Cache) Practice(ctx context.Context, id string) (Practice, error) {
	d, _, err := c.get(ctx, fhir.Key{Type: "Organization", ID: id})
	return d.practice, err
}

// Person is OfPerson.
func (c *Cache) Person(ctx context.Context, who fhir.Key) (p Person, set bool, err error) {
	d, set, err := c.get(ctx, who)
	return d.person, set, err
}

func (c *Cache) get(ctx context.Context, who fhir.Key) (d decoded, set bool, err error) {
	value, err := read(ctx, c.records, who)
	if err != nil || value == nil {
		return decoded{practice: Defaults()}, false, err
	}
	if d, known := c.decoded.Get(who); known && bytes.Equal(d.value, value) {
		return d, true, nil
	}
	d = decoded{value: value, practice: Defaults()}
	var into any = &d.person
	if who.Type == "Organization" {
		into = &d.practice
	}
	if err := json.Unmarshal(value, into); err != nil {
		return d, false, fhir.Fault("reading the online access of "+who.String(), err)
	}
	c.decoded.Add(who, d)
	return d, true, nil
}
