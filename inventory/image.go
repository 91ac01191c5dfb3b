package inventory

import (
	"archive/tar"
	"encoding/json"
	"errors"
	"io"
	"path"
	"strings"
)

// image finds out which members of an archive are layers of container images,
// from the manifest.json that "docker save" writes, or from the index.json of the
// OCI image layout. Both may stand behind the layers, so the headers are read
// twice, which takes no more than a seek for each. What it cannot make sense of
// it leaves alone: an archive is shown in any case.
func (j *job) image(s source) {
	blobs := map[string]io.Reader{}
	section := io.NewSectionReader(s.at, 0, s.size)
	for r := tar.NewReader(section); len(blobs) < maxBlobs; {
		h, err := r.Next()
		if err != nil && !errors.Is(err, tar.ErrInsecurePath) {
			break
		}
		name := path.Clean(h.Name)
		if h.Size > maxManifest || h.Typeflag != tar.TypeReg || name != manifestName && name != indexName && !strings.HasPrefix(name, "blobs/") {
			continue
		}
		if from, err := section.Seek(0, io.SeekCurrent); err == nil {
			blobs[name] = io.NewSectionReader(s.at, from, h.Size)
		}
	}
	if !j.dockerImages(blobs) {
		j.ociImages(blobs, indexName, "", 0)
	}
}

const (
	manifestName = "manifest.json"
	indexName    = "index.json"
	maxManifest  = 4 << 20
	maxBlobs     = 10_000
)

func decode(blobs map[string]io.Reader, name string, into any) bool {
	r := blobs[name]
	if r == nil {
		return false
	}
	delete(blobs, name) // nothing is read twice, so that no circle has no end
	return json.NewDecoder(r).Decode(into) == nil
}

// dockerImages reads the manifest of Docker Image Specification v1.2.
func (j *job) dockerImages(blobs map[string]io.Reader) bool {
	var images []struct {
		Config   string
		RepoTags []string
		Layers   []string
	}
	if !decode(blobs, manifestName, &images) {
		return false
	}
	for _, image := range images {
		name := short(path.Base(image.Config))
		if len(image.RepoTags) > 0 {
			name = image.RepoTags[0]
		}
		j.name(name, image.Layers)
	}
	return len(images) > 0
}

// descriptor points to a blob (OCI Image Format Specification, descriptor.md).
type descriptor struct {
	Digest      string            `json:"digest"`
	Annotations map[string]string `json:"annotations"`
}

func (d descriptor) blob() string {
	algorithm, hex, _ := strings.Cut(d.Digest, ":")
	return path.Join("blobs", algorithm, hex)
}

// ociImages reads an index, or the manifest of one image, and what it points to.
func (j *job) ociImages(blobs map[string]io.Reader, blob, name string, depth int) {
	var doc struct {
		Manifests []descriptor `json:"manifests"`
		Layers    []descriptor `json:"layers"`
	}
	if depth > 3 || !decode(blobs, blob, &doc) {
		return
	}
	for _, m := range doc.Manifests {
		inner := name
		for _, key := range []string{"io.containerd.image.name", "org.opencontainers.image.ref.name"} {
			if inner == "" {
				inner = m.Annotations[key]
			}
		}
		if inner == "" {
			inner = short(path.Base(m.blob()))
		}
		j.ociImages(blobs, m.blob(), inner, depth+1)
	}
	var layers []string
	for _, l := range doc.Layers {
		layers = append(layers, l.blob())
	}
	j.name(name, layers)
}

// name gives the layers of an image their numbers. A layer that images share
// keeps the name of the first.
func (j *job) name(image string, layers []string) {
	for i, member := range layers {
		if member = path.Clean(member); j.layers[member] == nil {
			j.layers[member] = &Layer{Image: image, Number: i + 1, Of: len(layers), Member: member}
		}
	}
}

// short is the beginning of a digest, as docker shows it.
func short(digest string) string {
	digest = strings.TrimSuffix(digest, ".json")
	return digest[:min(len(digest), 12)]
}

// layered calls walk for a member; what it finds is marked with the layer that
// the member is.
func (j *job) layered(member string, walk func() error) error {
	if l := j.layers[path.Clean(member)]; l != nil && j.layer == nil {
		l.Member = member
		j.layer = l
		defer func() { j.layer = nil }()
	}
	return walk()
}
