using System.Globalization;

namespace Michi.CityOs.Queries;

/// <summary>What point of time a text tells, clause 4.6.3.</summary>
internal enum InstantKind
{
    None,
    Time,
    Date,
    DateTime,
}

/// <summary>Reads dates and times as values have them: 2026-01-31T09:00:00.5Z, 2026-01-31, 09:00:00Z; decimals after a point or a comma.</summary>
internal static class InstantText
{
    /// <param name="text">UTF-8.</param>
    /// <param name="ticks">Of 100 ns, comparable within one kind.</param>
    public static InstantKind Read(ReadOnlySpan<byte> text, out long ticks)
    {
        ticks = 0;
        if (text.Length is < 9 or > 40 || text[0] - '0' is < 0 or > 9) return InstantKind.None;
        if (text[2] == ':') return IsTime(text, out ticks) ? InstantKind.Time : InstantKind.None;
        if (text.Length < 10 || text[4] != '-' || text[7] != '-' || !IsDate(text[..10], out var day)) return InstantKind.None;
        ticks = day;
        if (text.Length == 10) return InstantKind.Date;
        if (text[10] != 'T' || !IsTime(text[11..], out var time)) return InstantKind.None;
        ticks += time;
        return InstantKind.DateTime;
    }

    private static bool IsDate(ReadOnlySpan<byte> text, out long ticks)
    {
        ticks = 0;
        if (!IsNumber(text[..4], out var year) || !IsNumber(text[5..7], out var month) || !IsNumber(text[8..10], out var day)) return false;
        if (year == 0 || month is 0 or > 12 || day == 0 || day > CultureInfo.InvariantCulture.Calendar.GetDaysInMonth(year, month)) return false;
        ticks = new DateOnly(year, month, day).DayNumber * TimeSpan.TicksPerDay;
        return true;
    }

    private static bool IsTime(ReadOnlySpan<byte> text, out long ticks)
    {
        ticks = 0;
        if (text.Length < 9 || text[^1] != 'Z' || text[2] != ':' || text[5] != ':') return false;
        if (!IsNumber(text[..2], out var hours) || !IsNumber(text[3..5], out var minutes) || !IsNumber(text[6..8], out var seconds)) return false;
        if (hours > 23 || minutes > 59 || seconds > 59) return false;
        ticks = (hours * 3600L + minutes * 60 + seconds) * TimeSpan.TicksPerSecond;
        if (text.Length == 9) return true;
        if (text[8] is not ((byte)'.' or (byte)',') || text.Length == 10) return false;
        var unit = TimeSpan.TicksPerSecond / 10;
        foreach (var digit in text[9..^1])
        {
            if (digit - '0' is < 0 or > 9) return false;
            ticks += (digit - '0') * unit;
            unit /= 10;
        }
        return true;
    }

    private static bool IsNumber(ReadOnlySpan<byte> digits, out int number)
    {
        number = 0;
        foreach (var digit in digits)
        {
            if (digit - '0' is < 0 or > 9) return false;
            number = number * 10 + (digit - '0');
        }
        return true;
    }
}
