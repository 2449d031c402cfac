using Microsoft.AspNetCore.Http;

namespace Michi.Platform;

/// <summary>Reads what is sent, and no more of it than may be sent.</summary>
public static class Upload
{
    /// <summary>The bytes of a stream; null where there are more than allowed.</summary>
    public static async Task<byte[]?> BytesAsync(Stream stream, int most, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(stream);
        using var bytes = new MemoryStream();
        var buffer = new byte[81_920];
        try
        {
            for (int read; (read = await stream.ReadAsync(buffer, cancel)) > 0;)
            {
                if (bytes.Length + read > most) return null;
                bytes.Write(buffer, 0, read);
            }
        }
        catch (BadHttpRequestException fault) when (fault.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return null;
        }
        return bytes.ToArray();
    }
}
