package storage

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/bulkheadlang/bulkhead/model"
)

// Digest identifies a layer by its content: "sha256:" and 64 hexadecimal digits. Two layers with one digest are taken for the same.
type Digest string

// DigestOf works out the digest of a layer: SHA-256 of its entries in the order of paths.
func DigestOf(layer Tree) Digest {
	h := sha256.New()
	for _, p := range layer.paths() {
		e := layer[p]
		fmt.Fprintf(h, "%s %d %s\n", strconv.Quote(p), e.Kind, strconv.Quote(e.Content)) // a hash.Hash never fails
	}
	return Digest("sha256:" + hex.EncodeToString(h.Sum(nil)))
}

// Conflict refuses what would take away a layer or an image that is in use, or give a name twice (HTTP 409).
type Conflict struct{ Reason string }

func (e *Conflict) Error() string { return fmt.Sprintf("%s: conflict: %s", model.ErrRefused, e.Reason) }

// Unwrap makes it a model.ErrRefused.
func (e *Conflict) Unwrap() error { return model.ErrRefused }

// WrongDigest refuses a layer that is not what its digest says: "unexpected commit digest".
type WrongDigest struct{ Want, Got Digest }

func (e *WrongDigest) Error() string {
	return fmt.Sprintf("%s: unexpected commit digest %s, expected %s", model.ErrRefused, e.Got, e.Want)
}

// Unwrap makes it a model.ErrRefused.
func (e *WrongDigest) Unwrap() error { return model.ErrRefused }

// Store keeps the layers of images, each once, by its digest, with a count of what refers to it: images, containers, and pulls
// that are under way (leases). Layers are never changed. Make one with NewStore.
type Store struct {
	layers     map[Digest]stored
	images     map[string][]Digest // bottom first
	pulls      map[string]pull
	containers map[string]container
}

type stored struct {
	content Tree
	refs    int
}

type pull struct {
	manifest []Digest
	leased   map[Digest]bool // what it has a reference to
}

type container struct {
	image  string
	layers []Digest
	files  *Overlay
}

// MaxLayers bounds the layers of an image; overlay2 mounts no more.
const MaxLayers = 127

// NewStore makes an empty store.
func NewStore() *Store {
	return &Store{map[Digest]stored{}, map[string][]Digest{}, map[string]pull{}, map[string]container{}}
}

// Clone gives a copy that shares nothing that changes.
func (s *Store) Clone() *Store {
	out := &Store{maps.Clone(s.layers), maps.Clone(s.images), maps.Clone(s.pulls), maps.Clone(s.containers)}
	for id, p := range out.pulls {
		p.leased = maps.Clone(p.leased)
		out.pulls[id] = p
	}
	for name, c := range out.containers {
		c.files = c.files.Clone()
		out.containers[name] = c
	}
	return out
}

// refer changes the count of a layer that is there.
func (s *Store) refer(d Digest, by int) {
	l := s.layers[d]
	l.refs += by
	s.layers[d] = l
}

// Begin begins to pull an image of these layers, bottom first. Layers that are there already are leased at once.
func (s *Store) Begin(id string, manifest []Digest) error {
	if _, ok := s.pulls[id]; ok || id == "" {
		return &Conflict{fmt.Sprintf("pull %q is under way", id)}
	}
	if len(manifest) == 0 || len(manifest) > MaxLayers {
		return model.Refuse("got %d layers, want 1 to %d", len(manifest), MaxLayers)
	}
	p := pull{slices.Clone(manifest), map[Digest]bool{}}
	s.pulls[id] = p
	for _, d := range manifest {
		if _, ok := s.layers[d]; ok && !p.leased[d] {
			p.leased[d] = true
			s.refer(d, 1)
		}
	}
	return nil
}

// Fetch takes a layer that a registry has sent for a digest of the manifest. It is kept under that digest only if that is its own.
func (s *Store) Fetch(id string, d Digest, layer Tree) error {
	p, ok := s.pulls[id]
	if !ok || !slices.Contains(p.manifest, d) {
		return model.Refuse("pull %q does not want %s", id, d)
	}
	if err := layer.CheckLayer(); err != nil {
		return model.Refuse("%s: %v", d, err)
	}
	if got := DigestOf(layer); got != d {
		return &WrongDigest{d, got}
	}
	if p.leased[d] {
		return nil
	}
	if _, ok := s.layers[d]; !ok {
		s.layers[d] = stored{content: maps.Clone(layer)}
	}
	p.leased[d] = true
	s.refer(d, 1)
	return nil
}

// Finish names the image, once all its layers are there. An image that had the name is no longer named; its layers go with the next
// Prune where nothing else refers to them.
func (s *Store) Finish(id, image string) error {
	p, ok := s.pulls[id]
	if !ok || image == "" {
		return model.Refuse("pull %q: there is none", id)
	}
	for _, d := range p.manifest {
		if !p.leased[d] {
			return model.Refuse("pull %q: layer %s is missing", id, d)
		}
	}
	for _, d := range p.manifest {
		s.refer(d, 1)
	}
	for _, d := range s.images[image] {
		s.refer(d, -1)
	}
	s.images[image] = p.manifest
	return s.Abort(id)
}

// Abort ends a pull.
func (s *Store) Abort(id string) error {
	p, ok := s.pulls[id]
	if !ok {
		return model.Refuse("pull %q: there is none", id)
	}
	for d := range p.leased {
		s.refer(d, -1)
	}
	delete(s.pulls, id)
	return nil
}

// Run makes a container of an image.
func (s *Store) Run(name, image string, options Options) error {
	layers, ok := s.images[image]
	if !ok {
		return model.Refuse("No such image: %s", image)
	}
	if _, ok := s.containers[name]; ok || name == "" {
		return &Conflict{fmt.Sprintf("the container name %q is already in use", name)}
	}
	var lowers []Tree
	for _, d := range layers {
		lowers = append([]Tree{s.layers[d].content}, lowers...)
	}
	files, err := NewOverlay(options, lowers...)
	if err != nil {
		return err
	}
	for _, d := range layers {
		s.refer(d, 1)
	}
	s.containers[name] = container{image, layers, files}
	return nil
}

// Files is the file system of a container, nil for one that is not there. What is done to it changes nothing but the container's
// own layer.
func (s *Store) Files(name string) *Overlay { return s.containers[name].files }

// Commit makes an image of a container: its layers, and its own one on top.
func (s *Store) Commit(name, image string) error {
	c, ok := s.containers[name]
	if !ok || image == "" {
		return model.Refuse("No such container: %s", name)
	}
	top := c.files.Upper()
	d := DigestOf(top)
	id := "commit " + name
	if err := s.Begin(id, append(slices.Clone(c.layers), d)); err != nil {
		return err
	}
	if err := s.Fetch(id, d, top); err != nil {
		return errors.Join(err, s.Abort(id))
	}
	return s.Finish(id, image)
}

// Remove ends a container.
func (s *Store) Remove(name string) error {
	c, ok := s.containers[name]
	if !ok {
		return model.Refuse("No such container: %s", name)
	}
	for _, d := range c.layers {
		s.refer(d, -1)
	}
	delete(s.containers, name)
	return nil
}

// Untag takes an image's name. It is refused while a container was made of that name.
func (s *Store) Untag(image string) error {
	layers, ok := s.images[image]
	if !ok {
		return model.Refuse("No such image: %s", image)
	}
	for _, name := range slices.Sorted(maps.Keys(s.containers)) {
		if s.containers[name].image == image {
			return &Conflict{fmt.Sprintf("unable to remove repository reference %q: container %s is using its referenced image", image, name)}
		}
	}
	for _, d := range layers {
		s.refer(d, -1)
	}
	delete(s.images, image)
	return nil
}

// Prune deletes the layers that nothing refers to, and gives their digests.
func (s *Store) Prune() []Digest {
	var out []Digest
	for _, d := range s.Digests() {
		if s.layers[d].refs == 0 {
			out = append(out, d)
			delete(s.layers, d)
		}
	}
	return out
}

// Digests lists the layers that are there.
func (s *Store) Digests() []Digest { return slices.Sorted(maps.Keys(s.layers)) }

// Refs is how many references there are to a layer.
func (s *Store) Refs(d Digest) int { return s.layers[d].refs }

// Layer gives a layer's content.
func (s *Store) Layer(d Digest) (Tree, bool) {
	l, ok := s.layers[d]
	return maps.Clone(l.content), ok
}
