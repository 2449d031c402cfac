using System.Globalization;

namespace Michi.Platform.Tables;

/// <summary>A table to hand out, as CSV or as a sheet of an XLSX file.</summary>
/// <param name="Name">Name of the sheet; what Excel forbids in it is replaced.</param>
/// <param name="Rows">Read once. A row may be shorter than the columns.</param>
public sealed record Table(string Name, IReadOnlyList<TableColumn> Columns, IEnumerable<IReadOnlyList<TableCell>> Rows)
{
    /// <summary>How many columns stay in view when a sheet is scrolled sideways; the header row always does.</summary>
    public int FrozenColumns { get; init; }

    /// <summary>How many rows below the header offer the columns' choices; 0 where the table is only to be read.</summary>
    public int RowsToFill { get; init; }
}

/// <summary>A column of a <see cref="Table"/>.</summary>
/// <param name="Width">In characters.</param>
public sealed record TableColumn(string Header, double Width = 16)
{
    /// <summary>What a drop-down offers in a sheet; anything else is accepted after a warning.</summary>
    public IReadOnlyList<string>? Choices { get; init; }

    /// <summary>True where a sheet must leave what is typed as it is: no date or number is made of it.</summary>
    public bool IsText { get; init; }
}

/// <summary>A typed cell: empty, text, number or date.</summary>
public readonly record struct TableCell
{
    private TableCell(string? text, double? number, DateOnly? date) => (AsText, AsNumber, AsDate) = (text, number, date);

    public string? AsText { get; }
    public double? AsNumber { get; }
    public DateOnly? AsDate { get; }

    /// <summary>True where a sheet shows the cell in bold.</summary>
    public bool IsStrong { get; init; }

    public static TableCell Empty => default;

    /// <summary>A text; nothing where it is null or empty.</summary>
    public static TableCell Text(string? text) => string.IsNullOrEmpty(text) ? default : new(text, null, null);

    /// <summary>A finite number; nothing where it is null.</summary>
    public static TableCell Number(double? number) => new(null, number, null);

    /// <summary>A day; nothing where it is null.</summary>
    public static TableCell Date(DateOnly? date) => new(null, null, date);

    public static implicit operator TableCell(string? text) => Text(text);

    public static implicit operator TableCell(double? number) => Number(number);

    public static implicit operator TableCell(int? number) => Number(number);

    public static implicit operator TableCell(DateOnly? date) => Date(date);

    /// <summary>The cell's value as text: invariant numbers, ISO 8601 days.</summary>
    public override string ToString() =>
        AsText ?? AsNumber?.ToString("R", CultureInfo.InvariantCulture) ?? AsDate?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) ?? "";
}
