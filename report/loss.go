package report

// Loss is one element that loses its messages.
type Loss struct {
	Element string
	// Messages is how many there are, of all the element's resources together; -1 where
	// nobody can tell.
	Messages int64
}

// Losses returns the elements that lose messages, in the order of the changes: by element.
func (o Operation) Losses() []Loss {
	var losses []Loss
	at := map[string]int{}
	for _, c := range o.result().Changes {
		if !c.DataLoss {
			continue
		}
		i, known := at[c.Element]
		if !known {
			i = len(losses)
			at[c.Element] = i
			losses = append(losses, Loss{Element: c.Element})
		}
		if c.Messages < 0 || losses[i].Messages < 0 {
			losses[i].Messages = -1
		} else {
			losses[i].Messages += c.Messages
		}
	}
	return losses
}

// elementLoss is a [Loss] in JSON; Messages is null where nobody can count them.
type elementLoss struct {
	Element  string `json:"element"`
	Messages *int64 `json:"messages"`
}

func lossesJSON(losses []Loss) []elementLoss {
	out := make([]elementLoss, 0, len(losses))
	for _, l := range losses {
		out = append(out, elementLoss{l.Element, counted(l.Messages)})
	}
	return out
}

// counted is a number of messages for JSON: null where nobody can tell.
func counted(n int64) *int64 {
	if n < 0 {
		return nil
	}
	return &n
}
