using System.Globalization;
using System.Text.RegularExpressions;

namespace Michi.Platform;

/// <summary>A date as sources bear it: a year, a month or a day of the Gregorian calendar (ISO 8601).</summary>
public static partial class PartialDate
{
    /// <summary>Why a text is no such date, as a code of the input problems; null where it is one.</summary>
    public static string? Fault(string text, DateOnly today)
    {
        if (!Form().IsMatch(text)) return "date";
        var parts = text.Split('-').Select(p => int.Parse(p, CultureInfo.InvariantCulture)).ToArray();
        if (parts[0] < 1800) return "date-early";
        if (parts.Length > 1 && parts[1] is (< 1 or > 12)) return "date";
        if (parts.Length > 2 && (parts[2] < 1 || parts[2] > DateTime.DaysInMonth(parts[0], parts[1]))) return "date";
        // A year from another calendar (2567 in Thailand, for instance) shows as a date to come.
        var start = new DateOnly(parts[0], parts.Length > 1 ? parts[1] : 1, parts.Length > 2 ? parts[2] : 1);
        return start > today.AddDays(1) ? "date-future" : null;
    }

    [GeneratedRegex("^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$")]
    private static partial Regex Form();
}
