package desk

import (
	"frontdesk/handlers/pages"
)

// todayPage is what the first page shows.
type todayPage struct {
	Name string
	Work []pages.Task
	Next []pages.Row // of the next appointment; none if there is none
}

// today is where a member of staff begins: what waits, and who comes next.
func today(v *pages.Visit) (*pages.Answer, error) {
	data := todayPage{Name: v.Name}
	for _, q := range queues {
		n, err := q.count(v)
		if err != nil {
			return nil, err
		}
		task := pages.Task{Title: v.T(q.title), Hint: v.T(q.about), Href: v.To("/desk/work/" + q.name)}
		if task.Tag = (pages.Tag{Text: v.T("desk.today.none"), Kind: "good"}); n > 0 {
			task.Tag = pages.Tag{Text: v.T("desk.today.wait", n), Kind: "wait"}
		}
		data.Work = append(data.Work, task)
	}
	var err error
	data.Next, err = v.NextAppointment("actor", v.Role.As)
	return v.Show("today", v.T("desk.today.title"), data), err
}
