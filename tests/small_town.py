"""Two bridges with every kind of curve, as the files of a network folder."""

from pathlib import Path

FILES = {
    "bridges": """\
bridge_id,name,material,year_built,length_m,inspection_cost
B1,Kita,steel,1972,18.5,200000
B2,Minami,concrete,1985,22,250000
""",
    "curves": """\
bridge_id,member,damage,location,health,service_life,curve,shape,knee_age_ratio,knee_health,curve_table,quantity,unit,cost_model
B1,slab,crack,1,3.6,60,power,2,,,,120,m2,slab
B1,girder,corrosion,1,4.2,40,two_piece,,0.5,4.5,,80,m2,paint
B2,slab,crack,1,2.5,50,table,,,,slow,100,m2,slab
B1,slab,loss,1,5,80,,1,,,,,,slab
B2,bearing,corrosion,A1,3,30,,,,,,,,
""",
    "costs": """\
cost_model,method,health,unit_cost,unit,restored_health
slab,injection,5,0,m2,5
slab,injection,4,1000,m2,5
slab,injection,3,3000,m2,5
slab,replacement,2,9000,m2,5
slab,replacement,1,12000,m2,5
paint,painting,1,900,m2,4.5
paint,painting,2,700,m2,4.5
paint,painting,3,500,m2,4.5
paint,painting,4,300,m2,4.5
paint,painting,5,0,m2,4.5
body,change,5,0,piece,
body,change,4,10,piece,
body,change,3,20,piece,
body,change,2,30,piece,
body,change,1,40,piece,
""",
    "items": """\
bridge_id,member,damage,location,item,quantity,cost_model
B2,bearing,corrosion,A1,body,4,body
B2,bearing,corrosion,A1,mortar seat,2.5,body
""",
    "curve_tables": """\
curve_table,age_ratio,health
slow,0,5
slow,0.6,4
slow,1,1
""",
    "budget": """\
year,budget
2,6000000
1,5000000
3,7000000
""",
}


def write_town(folder: Path, encoding: str = "utf-8") -> Path:
    folder.mkdir()
    for name, text in FILES.items():
        (folder / f"{name}.csv").write_text(text, encoding=encoding)
    return folder


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} is {text.count(old)} times in {file}"
    file.write_text(text.replace(old, new), encoding="utf-8")
