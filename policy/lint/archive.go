package lint

func (w *worker) archive(name, string) bool { return false }
