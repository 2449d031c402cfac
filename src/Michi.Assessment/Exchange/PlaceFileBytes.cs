using System.Globalization;
using Michi.Approach;
using Michi.Platform.Languages;

namespace Michi.Assessment.Exchange;

/// <summary>Reads a place file of any kind: what it is shows in its first bytes, whatever it is called.</summary>
public static class PlaceFileBytes
{
    /// <param name="language">Language in which choices are told.</param>
    /// <param name="place">Place of rows that name none.</param>
    public static PlaceFileReading Read(byte[] file, ContentPack pack, UiTexts texts, string? language, string? place = null)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (file.Length > PlaceFileJson.MaxBytes) return new(null, [new("", "too-large", PlaceFileJson.MaxBytes.ToString(CultureInfo.InvariantCulture))]);
        if (file.AsSpan().StartsWith("PK"u8) || file.AsSpan().StartsWith<byte>([0xD0, 0xCF, 0x11, 0xE0])) return PlaceWorkbook.Read(file, pack, texts, language, place);
        var start = file.AsSpan().TrimStart([(byte)0xEF, (byte)0xBB, (byte)0xBF, (byte)' ', (byte)'\t', (byte)'\r', (byte)'\n']);
        return start.Length == 0 ? new(null, [new("", "empty-file")])
            : start[0] is (byte)'{' or (byte)'[' ? PlaceFileJson.Read(file)
            : PlaceCsv.Read(file, pack, texts, language, place);
    }
}
