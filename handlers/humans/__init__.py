"""People who help people: talks with the staff, marks, outlets, and the way back in for whoever lost a phone."""
