#include <pybind11/stl.h>
#include <pybind11/typing.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "bindings.hpp"
#include "checks.hpp"
#include "nagamochi/tables/cell_grid.hpp"
#include "nagamochi/tables/number_text.hpp"
#include "nagamochi/tables/unvalued_marks.hpp"

// Arrow's C data interface (https://arrow.apache.org/docs/format/CDataInterface.html), by which data frames take columns as they are.
extern "C" {
struct ArrowSchema {
    const char* format;
    const char* name;
    const char* metadata;
    std::int64_t flags;
    std::int64_t n_children;
    ArrowSchema** children;
    ArrowSchema* dictionary;
    void (*release)(ArrowSchema*);
    void* private_data;
};

struct ArrowArray {
    std::int64_t length;
    std::int64_t null_count;
    std::int64_t offset;
    std::int64_t n_buffers;
    std::int64_t n_children;
    const void** buffers;
    ArrowArray** children;
    ArrowArray* dictionary;
    void (*release)(ArrowArray*);
    void* private_data;
};
}

namespace nagamochi::bindings {

using namespace tables;

namespace {

struct SharedCells {
    std::string text;
    std::int64_t text_size = 0;
    std::vector<std::string> names;
    CellGrid grid;
};

using Cells = std::shared_ptr<const SharedCells>;

// What an exported structure points at, until it is released.
template <class Structure>
struct Exported {
    Cells cells;
    std::vector<Structure> children = {};
    std::vector<Structure*> places = {};
    std::vector<const void*> buffers = {};

    explicit Exported(Cells owned, std::size_t n_children = 0) : cells(std::move(owned)), children(n_children), places(n_children) {
        for (std::size_t c = 0; c < n_children; ++c) places[c] = &children[c];
    }
};

template <class Structure>
void release(Structure* structure) {
    for (std::int64_t c = 0; c < structure->n_children; ++c) {
        Structure* const child = structure->children[c];
        if (child->release != nullptr) child->release(child);
    }
    delete static_cast<Exported<Structure>*>(structure->private_data);
    structure->release = nullptr;
}

template <class Structure>
void capsule_is_gone(PyObject* capsule) {
    auto* const structure = static_cast<Structure*>(PyCapsule_GetPointer(capsule, PyCapsule_GetName(capsule)));
    if (structure->release != nullptr) structure->release(structure);
    delete structure;
}

template <class Structure>
py::capsule capsule_of(const Structure& structure, const char* name) {
    return py::capsule(new Structure(structure), name, capsule_is_gone<Structure>);
}

constexpr std::int64_t nullable = 2;

ArrowSchema schema_of(const char* format, const char* name, std::unique_ptr<Exported<ArrowSchema>> exported) {
    const auto n_children = std::ssize(exported->children);
    return {format, name, nullptr, nullable, n_children, exported->places.data(), nullptr, release<ArrowSchema>, exported.release()};
}

ArrowArray array_of(Index length, Index n_empty, std::unique_ptr<Exported<ArrowArray>> exported) {
    const auto n_buffers = std::ssize(exported->buffers);
    const auto n_children = std::ssize(exported->children);
    return {length,
            n_empty,
            0,
            n_buffers,
            n_children,
            exported->buffers.data(),
            exported->places.data(),
            nullptr,
            release<ArrowArray>,
            exported.release()};
}

ArrowSchema schema_of(const Cells& cells) {
    auto table = std::make_unique<Exported<ArrowSchema>>(cells, cells->names.size());
    for (std::size_t c = 0; c < cells->names.size(); ++c) {
        table->children[c] = schema_of("vu", cells->names[c].c_str(), std::make_unique<Exported<ArrowSchema>>(cells));
    }
    return schema_of("+s", "", std::move(table));
}

ArrowArray array_of(const Cells& cells) {
    auto table = std::make_unique<Exported<ArrowArray>>(cells, cells->grid.columns.size());
    for (std::size_t c = 0; c < cells->grid.columns.size(); ++c) {
        const CellColumn& column = cells->grid.columns[c];
        auto text = std::make_unique<Exported<ArrowArray>>(cells);
        const void* const filled = column.n_empty == 0 ? nullptr : column.filled.data();
        text->buffers = {filled, column.cells.get(), cells->text.data(), &cells->text_size};
        table->children[c] = array_of(cells->grid.n_rows, column.n_empty, std::move(text));
    }
    table->buffers = {nullptr};
    return array_of(cells->grid.n_rows, 0, std::move(table));
}

class ArrowTable {
public:
    explicit ArrowTable(Cells cells) : cells_(std::move(cells)) {}

    [[nodiscard]] std::pair<py::object, py::object> arrow_array(const py::object& /*requested_schema*/) const {
        return {capsule_of(schema_of(cells_), "arrow_schema"), capsule_of(array_of(cells_), "arrow_array")};
    }

private:
    Cells cells_;
};

std::optional<ArrowTable> table_of_cells(const py::str& text, Index begin, const std::string& separator, std::vector<std::string> names,
                                         Index most_characters) {
    require(separator.size() == 1, "separator must be one byte");
    require(!names.empty(), "names must not be empty");
    const auto bytes = py::cast<std::string_view>(text);
    require(begin >= 0 && begin <= std::ssize(bytes), "begin must be within the text");
    const py::gil_scoped_release release_gil;
    auto cells = std::make_shared<SharedCells>();
    cells->text = bytes.substr(at(begin));
    cells->text_size = std::ssize(cells->text);
    auto grid = split_cells(cells->text, separator.front(), std::ssize(names), most_characters);
    if (!grid) return std::nullopt;
    cells->grid = std::move(*grid);
    cells->names = std::move(names);
    return ArrowTable(std::move(cells));
}

using TextOf = py::typing::Callable<py::str(py::object)>;

std::string_view bytes_of(PyObject* text) {
    Py_ssize_t size = 0;
    const char* const bytes = PyUnicode_AsUTF8AndSize(text, &size);
    if (bytes == nullptr) throw py::error_already_set();
    return {bytes, static_cast<std::size_t>(size)};
}

bool write(WrittenCells& cells, Index row, Index column, PyObject* cell, const TextOf& text_of) {
    if (PyUnicode_CheckExact(cell)) return cells.write(row, column, bytes_of(cell));
    if (PyFloat_CheckExact(cell)) {
        NumberRoom room;
        return cells.write(row, column, number_text(PyFloat_AS_DOUBLE(cell), room));
    }
    const auto text = py::cast<py::str>(text_of(py::handle(cell)));
    return cells.write(row, column, bytes_of(text.ptr()));
}

// Rows that are shorter than a column have no cell there.
std::optional<ArrowTable> table_of_rows(const py::typing::List<py::typing::List<py::object>>& rows, const std::vector<Index>& columns,
                                        std::vector<std::string> names, const TextOf& text_of, Index most_characters) {
    require(!columns.empty() && columns.size() == names.size(), "columns must have names");
    require(std::ranges::all_of(columns, [](Index column) { return column >= 0; }), "columns must not be negative");
    const Index n_columns = std::ssize(columns);
    WrittenCells written(std::ssize(rows), n_columns, most_characters);
    for (Index row = 0; row < written.grid.n_rows; ++row) {
        require(py::isinstance<py::list>(rows[at(row)]), "rows must be lists");
        const py::list cells = rows[at(row)];
        for (Index c = 0; c < n_columns; ++c) {
            const Index column = columns[at(c)];
            const bool is_there = column < std::ssize(cells);
            if (!(is_there ? write(written, row, c, PyList_GET_ITEM(cells.ptr(), column), text_of) : written.write(row, c, ""))) {
                return std::nullopt;
            }
        }
    }
    auto shared = std::make_shared<SharedCells>();
    shared->text = std::move(written.text);
    shared->text_size = std::ssize(shared->text);
    shared->names = std::move(names);
    shared->grid = std::move(written.grid);
    return ArrowTable(std::move(shared));
}

std::string text_of_number(double number) {
    NumberRoom room;
    return std::string(number_text(number, room));
}

bool marks_of(const py::bytes& sheet) {
    const auto bytes = static_cast<std::string_view>(sheet);
    const py::gil_scoped_release release_gil;
    return has_unvalued_marks(bytes);
}

}  // namespace

void bind_cell_grid(py::module_& module) {
    py::class_<ArrowTable>(module, "ArrowTable")
        .def("__arrow_c_array__", &ArrowTable::arrow_array, py::arg("requested_schema") = py::none());
    module.def("table_of_cells", table_of_cells, py::kw_only(), py::arg("text"), py::arg("begin"), py::arg("separator"), py::arg("names"),
               py::arg("most_characters"));
    module.def("table_of_rows", table_of_rows, py::kw_only(), py::arg("rows"), py::arg("columns"), py::arg("names"), py::arg("text_of"),
               py::arg("most_characters"));
    module.def("has_unvalued_marks", marks_of, py::arg("sheet"));
    module.def("text_of_number", text_of_number, py::arg("number").noconvert());
}

}  // namespace nagamochi::bindings
