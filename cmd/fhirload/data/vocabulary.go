package data

// Code is a LOINC measurement with its UCUM unit and the range its values are
// drawn from.
type Code struct {
	// LOINC is the code in http://loinc.org.
	LOINC    string
	display  string
	category string
	unit     string
	ucum     string
	low      int
	high     int
	// decimals is the number of digits after the point.
	decimals int
}

// codes are measurements a general practice records every day.
var codes = []Code{
	{"8480-6", "Systolic blood pressure", "vital-signs", "mmHg", "mm[Hg]", 100, 140, 0},
	{"8462-4", "Diastolic blood pressure", "vital-signs", "mmHg", "mm[Hg]", 60, 90, 0},
	{"8867-4", "Heart rate", "vital-signs", "beats/minute", "/min", 60, 100, 0},
	{"9279-1", "Respiratory rate", "vital-signs", "breaths/minute", "/min", 12, 20, 0},
	{"8310-5", "Body temperature", "vital-signs", "degrees C", "Cel", 36, 38, 1},
	{"2708-6", "Oxygen saturation in Arterial blood", "vital-signs", "%", "%", 94, 100, 0},
	{"29463-7", "Body weight", "vital-signs", "kg", "kg", 50, 110, 1},
	{"8302-2", "Body height", "vital-signs", "cm", "cm", 150, 195, 0},
	{"39156-5", "Body mass index (BMI) [Ratio]", "vital-signs", "kg/m2", "kg/m2", 19, 32, 1},
	{"4548-4", "Hemoglobin A1c/Hemoglobin.total in Blood", "laboratory", "%", "%", 4, 9, 1},
	{"2339-0", "Glucose [Mass/volume] in Blood", "laboratory", "mg/dL", "mg/dL", 70, 140, 0},
	{"2093-3", "Cholesterol [Mass/volume] in Serum or Plasma", "laboratory", "mg/dL", "mg/dL", 140, 240, 0},
	{"2085-9", "Cholesterol in HDL [Mass/volume] in Serum or Plasma", "laboratory", "mg/dL", "mg/dL", 35, 80, 0},
	{"2571-8", "Triglyceride [Mass/volume] in Serum or Plasma", "laboratory", "mg/dL", "mg/dL", 60, 200, 0},
	{"38483-4", "Creatinine [Mass/volume] in Blood", "laboratory", "mg/dL", "mg/dL", 0, 2, 2},
	{"718-7", "Hemoglobin [Mass/volume] in Blood", "laboratory", "g/dL", "g/dL", 11, 17, 1},
	{"6690-2", "Leukocytes [#/volume] in Blood by Automated count", "laboratory", "10*3/uL", "10*3/uL", 4, 11, 1},
	{"777-3", "Platelets [#/volume] in Blood by Automated count", "laboratory", "10*3/uL", "10*3/uL", 150, 400, 0},
	{"2947-0", "Sodium [Moles/volume] in Blood", "laboratory", "mmol/L", "mmol/L", 135, 145, 0},
	{"6298-4", "Potassium [Moles/volume] in Blood", "laboratory", "mmol/L", "mmol/L", 3, 5, 1},
}

var (
	families = []string{"Abbott", "Ahmed", "Baker", "Begum", "Carter", "Chowdhury", "Davies", "Edwards", "Evans", "Fraser",
		"Green", "Hughes", "Hussain", "Jones", "Kaur", "Khan", "Lewis", "MacDonald", "Morgan", "Murphy", "Nowak", "Okafor",
		"Patel", "Price", "Quinn", "Roberts", "Shah", "Singh", "Smith", "Taylor", "Thomas", "Walker", "Williams", "Young"}
	givens = []string{"Aisha", "Amelia", "Arjun", "Bronwen", "Callum", "Chloe", "Daniel", "Deepa", "Ewan", "Fatima", "George",
		"Grace", "Harry", "Imran", "Isla", "Jack", "Jasmine", "Kofi", "Laura", "Mohammed", "Nia", "Oliver", "Priya", "Ruth",
		"Samuel", "Sofia", "Thomas", "Yusuf"}
	streets = []string{"High Street", "Station Road", "Church Lane", "Mill Hill", "Victoria Avenue", "Park Crescent", "Green Lane"}
	cities  = []string{"Bristol", "Cardiff", "Derby", "Exeter", "Glasgow", "Leeds", "Luton", "Norwich", "Preston", "York"}
	genders = []string{"female", "male", "other", "unknown"}
)
