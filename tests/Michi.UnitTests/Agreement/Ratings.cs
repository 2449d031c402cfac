namespace Michi.UnitTests.Agreement;

/// <summary>Rating tables, units × raters.</summary>
internal static class Ratings
{
    public static double[,] Read(string file, bool unitsInRows = true)
    {
        var cells = ReferenceData.Csv($"agreement/{file}")
            .Select(row => row.Skip(1).Select(cell => ReferenceData.Number(cell.Value)).ToArray()).ToArray();
        return unitsInRows ? Of(cells) : Transposed(Of(cells));
    }

    public static double[,] Of(params double[][] rows)
    {
        var table = new double[rows.Length, rows[0].Length];
        for (var i = 0; i < rows.Length; i++)
            for (var j = 0; j < rows[i].Length; j++) table[i, j] = rows[i][j];
        return table;
    }

    public static double[,] Transposed(double[,] table)
    {
        var turned = new double[table.GetLength(1), table.GetLength(0)];
        for (var i = 0; i < table.GetLength(0); i++)
            for (var j = 0; j < table.GetLength(1); j++) turned[j, i] = table[i, j];
        return turned;
    }

    /// <summary>Shrout &amp; Fleiss (1979), table 2: six units, four judges.</summary>
    public static readonly double[,] ShroutFleiss = Of([9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]);
}
