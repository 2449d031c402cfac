namespace Michi.Platform.Tables;

/// <summary>What is wrong with a file of tables: where, and which; the sentence is an interface text, <c>input.{Code}</c>.</summary>
public sealed record TableProblem(string Where, string Code, params string[] Arguments);

/// <summary>The tables of a file, or what is wrong with it as a file.</summary>
public sealed record TablesReading(IReadOnlyList<ReadTable> Tables, IReadOnlyList<TableProblem> Problems);

/// <summary>A table as it was read: rows with anything in them, the header among them.</summary>
/// <param name="Name">Name of the sheet, or of the file.</param>
/// <param name="Merged">Ranges of merged cells.</param>
/// <param name="Address">(row number, column from 0; negative for the row) → where that is, in the words of the kind of file.</param>
public sealed record ReadTable(string Name, IReadOnlyList<ReadRow> Rows, IReadOnlyList<string> Merged, Func<int, int, string> Address);

/// <summary>A row with the cells that hold anything, from left to right.</summary>
/// <param name="Number">As the file counts it: the row of a sheet, the line of a CSV file.</param>
public readonly record struct ReadRow(int Number, IReadOnlyList<ReadCell> Cells);

/// <summary>A cell's value as text: numbers invariant, dates as ISO 8601 as far as the cell shows them.</summary>
/// <param name="Column">From 0.</param>
/// <param name="Fault">Code of what is wrong with the cell itself, such as <c>formula</c>; else null.</param>
public readonly record struct ReadCell(int Column, string Text, string? Fault = null);
